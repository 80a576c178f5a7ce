// A small part of Markdown, as data: headings, lists, tables, code, quotes, emphasis, links. There is no HTML in it: what
// looks like a tag is text.

/** @typedef {{kind: 'text', text: string} | {kind: 'code', text: string} | {kind: 'strong' | 'em', parts: Inline[]} | {kind: 'link', href: string, parts: Inline[]}} Inline */
/** @typedef {{kind: 'heading', level: number, parts: Inline[]} | {kind: 'paragraph' | 'quote', parts: Inline[]} | {kind: 'code', text: string} | {kind: 'list', ordered: boolean, items: Inline[][]} | {kind: 'rule'} | {kind: 'table', head: Inline[][], rows: Inline[][][]}} Block */

const inline = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(?!\s)(.+?)\*|\b_(?!\s)(.+?)_\b|\[([^\]]*)\]\(([^)\s]*)\)/;

/** @param {string} text @returns {Inline[]} */
export function parseInline(text) {
  /** @type {Inline[]} */
  const parts = [];
  let rest = text;
  for (let found = inline.exec(rest); found; found = inline.exec(rest)) {
    if (found.index) parts.push({ kind: 'text', text: rest.slice(0, found.index) });
    const [all, , code, strong, strong2, em, em2, label, href] = found;
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (strong ?? strong2) parts.push({ kind: 'strong', parts: parseInline(strong ?? strong2) });
    else if (em ?? em2) parts.push({ kind: 'em', parts: parseInline(em ?? em2) });
    else if (href !== undefined && /^https?:\/\//i.test(href)) parts.push({ kind: 'link', href, parts: parseInline(label) });
    else parts.push({ kind: 'text', text: all });
    rest = rest.slice(found.index + all.length);
  }
  if (rest) parts.push({ kind: 'text', text: rest });
  return parts;
}

/** @param {string} line */
const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => parseInline(cell.trim()));

const starts = /^(#{1,6}\s|```|\s*[-*+]\s|\s*\d+[.)]\s|>|(-{3,}|\*{3,})\s*$)/;

/** @param {string} text @returns {Block[]} */
export function parseMarkdown(text) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  /** @type {Block[]} */
  const blocks = [];
  let i = 0;
  const take = (/** @type {(line: string) => boolean} */ fits) => {
    const taken = [];
    while (i < lines.length && fits(lines[i])) taken.push(lines[i++]);
    return taken;
  };
  while (i < lines.length) {
    const line = lines[i];
    const heading = /^(#{1,6})\s+(.*?)#*\s*$/.exec(line);
    const item = /^\s*([-*+]|\d+[.)])\s/.exec(line);
    if (!line.trim()) i += 1;
    else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1].length, parts: parseInline(heading[2]) });
      i += 1;
    } else if (line.startsWith('```')) {
      i += 1;
      blocks.push({ kind: 'code', text: take((one) => !one.startsWith('```')).join('\n') });
      i += 1;
    } else if (/^(-{3,}|\*{3,})\s*$/.test(line)) {
      blocks.push({ kind: 'rule' });
      i += 1;
    } else if (item) {
      const taken = take((one) => /^\s*([-*+]|\d+[.)])\s/.test(one) || (/^\s+\S/.test(one) && !!one.trim()));
      /** @type {string[]} */
      const items = [];
      for (const one of taken) {
        const found = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(one);
        if (found) items.push(found[1]);
        else items[items.length - 1] += ' ' + one.trim();
      }
      blocks.push({ kind: 'list', ordered: /\d/.test(item[1]), items: items.map(parseInline) });
    } else if (line.startsWith('>')) {
      blocks.push({ kind: 'quote', parts: parseInline(take((one) => one.startsWith('>')).map((one) => one.replace(/^>\s?/, '')).join(' ')) });
    } else if (line.includes('|') && /^[\s|:-]+$/.test(lines[i + 1] ?? '') && (lines[i + 1] ?? '').includes('-')) {
      const head = cells(line);
      i += 2;
      blocks.push({ kind: 'table', head, rows: take((one) => one.includes('|')).map(cells) });
    } else {
      // Its first line is taken in any case, so that every round gets on.
      const taken = [lines[i++], ...take((one) => !!one.trim() && !starts.test(one))];
      blocks.push({ kind: 'paragraph', parts: parseInline(taken.join(' ')) });
    }
  }
  return blocks;
}
