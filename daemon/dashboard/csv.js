// Tables from text (RFC 4180, also with tabs or semicolons).

/** @param {string} text  as much as there is of the file @param {number} most  rows, with the header
 * @param {boolean} [cut] whether the text ends before the file does
 * @returns {{rows: string[][], more: boolean}} */
export function parseCsv(text, most, cut = false) {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const separator = guessSeparator(body);
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let field = '';
  let quoted = false;
  let began = false;
  for (let i = 0; i < body.length; i += 1) {
    const c = body[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (body[i + 1] === '"') (field += '"'), (i += 1);
      else quoted = false;
    } else if (c === '"' && field === '') (quoted = true), (began = true);
    else if (c === separator) row.push(field), (field = ''), (began = true);
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && body[i + 1] === '\n') i += 1;
      if (began || field !== '') rows.push([...row, field]);
      (row = []), (field = ''), (began = false);
      if (rows.length >= most) return { rows, more: i + 1 < body.length || cut };
    } else field += c;
  }
  // The last row of a text that was cut is not whole.
  if (!cut && (began || field !== '')) rows.push([...row, field]);
  return { rows, more: cut };
}

/** @param {string} text */
function guessSeparator(text) {
  const line = text.slice(0, 4000).split(/\r?\n/, 1)[0] ?? '';
  const count = (/** @type {string} */ c) => line.split(c).length;
  return [',', '\t', ';'].reduce((best, c) => (count(c) > count(best) ? c : best), ',');
}

/** Whether a column's values are numbers, so that it is set to the right.
 * @param {string[][]} rows @param {number} column */
export function isNumeric(rows, column) {
  let any = false;
  for (const row of rows) {
    const text = (row[column] ?? '').trim();
    if (text === '' || text === 'NA' || text === 'NaN' || text === 'null') continue;
    if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return false;
    any = true;
  }
  return any;
}
