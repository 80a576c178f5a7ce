// What the daemon found wrong in a pipeline's file, taken from its text: FILE:LINE:COLUMN: error: MESSAGE, the line, a caret
// with what may help.

/** `line` 0: about the file as a whole. @typedef {{line: number, column: number, length: number, message: string, hint: string}} Diagnosis */

/** @param {string | null | undefined} text @returns {Diagnosis[]} */
export function diagnosesOf(text) {
  /** @type {Diagnosis[]} */
  const found = [];
  for (const row of (text ?? '').split('\n')) {
    const last = found.at(-1);
    const caret = /^ +\| \s*\^(~*)(?: (.*))?$/.exec(row);
    if (caret && last) {
      last.length = caret[1].length + 1;
      last.hint = caret[2] ?? '';
      continue;
    }
    if (/^ *\d+ \| /.test(row)) continue;
    const head = /^\S.*?(?::(\d+):(\d+))?: error: (.*)$/.exec(row);
    if (head) found.push({ line: Number(head[1] ?? 0), column: Number(head[2] ?? 1), length: 1, message: head[3], hint: '' });
    else if (last && last.line === 0 && row.startsWith('  ')) last.hint = row.trim();
  }
  return found;
}

/** What stands below a line, so that a caret after it is under that column. @param {string} line @param {number} column */
export const padding = (line, column) => [...line].slice(0, column - 1).map((c) => (c === '\t' ? '\t' : ' ')).join('');
