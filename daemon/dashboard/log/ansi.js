// Terminal colours as spans of text with classes. Everything else that a terminal would obey is taken away.

/** @typedef {{text: string, classes: string}} Span */

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

// CSI, OSC and other strings up to their end, single escapes.
const escapes = /\x1b\[([0-9;:]*)([ -/]*[@-~])|\x1b\[[0-9;:<=>?]*[ -/]*[@-~]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]|\x1b/g;
const controls = /[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/g;

class Style {
  constructor() {
    this.fore = '';
    this.back = '';
    /** @type {Set<string>} */
    this.marks = new Set();
  }
  /** @param {number[]} codes */
  apply(codes) {
    for (let i = 0; i < codes.length; i += 1) {
      const code = codes[i];
      if (code === 0) Object.assign(this, new Style());
      else if (code === 1) this.marks.add('bold');
      else if (code === 2) this.marks.add('dim');
      else if (code === 3) this.marks.add('italic');
      else if (code === 4) this.marks.add('underline');
      else if (code === 7) this.marks.add('inverse');
      else if (code === 9) this.marks.add('strike');
      else if (code === 22) this.marks.delete('bold'), this.marks.delete('dim');
      else if (code === 23) this.marks.delete('italic');
      else if (code === 24) this.marks.delete('underline');
      else if (code === 27) this.marks.delete('inverse');
      else if (code === 29) this.marks.delete('strike');
      else if (code >= 30 && code <= 37) this.fore = names[code - 30];
      else if (code >= 90 && code <= 97) this.fore = `bright-${names[code - 90]}`;
      else if (code >= 40 && code <= 47) this.back = names[code - 40];
      else if (code >= 100 && code <= 107) this.back = `bright-${names[code - 100]}`;
      else if (code === 39) this.fore = '';
      else if (code === 49) this.back = '';
      else if (code === 38 || code === 48) {
        const [name, used] = extended(codes.slice(i + 1));
        if (code === 38) this.fore = name;
        else this.back = name;
        i += used;
      }
    }
  }
  toString() {
    const list = [...this.marks].map((mark) => `a-${mark}`);
    if (this.fore) list.push(`a-${this.fore}`);
    if (this.back) list.push(`a-on-${this.back}`);
    return list.join(' ');
  }
}

/** 256 and true colours become the nearest of the sixteen, which both themes can show.
 * @param {number[]} codes @returns {[string, number]} the name, and how many codes it took */
function extended(codes) {
  if (codes[0] === 5) {
    const n = codes[1] ?? 0;
    if (n < 16) return [n < 8 ? names[n] : `bright-${names[n - 8]}`, 2];
    if (n > 231) return [n < 244 ? 'bright-black' : 'white', 2];
    const level = (/** @type {number} */ step) => Math.floor((n - 16) / step) % 6 * 51;
    return [nearest(level(36), level(6), level(1)), 2];
  }
  if (codes[0] === 2) return [nearest(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0), 4];
  return ['', 1];
}

/** @param {number} red @param {number} green @param {number} blue */
function nearest(red, green, blue) {
  const most = Math.max(red, green, blue);
  if (most < 50) return 'black';
  const bit = (/** @type {number} */ part) => (part > most / 2 ? 1 : 0);
  const index = bit(red) + 2 * bit(green) + 4 * bit(blue);
  return most > 200 && index !== 7 ? `bright-${names[index]}` : names[index];
}

/** @param {string} line @returns {Span[]} */
export function spansOf(line) {
  // A progress bar writes over itself: its last state counts.
  const parts = line.replace(/\r+$/, '').split('\r');
  const text = parts.at(-1) ?? '';
  if (!text.includes('\x1b')) return [{ text: text.replace(controls, '�'), classes: '' }];
  /** @type {Span[]} */
  const spans = [];
  const style = new Style();
  let from = 0;
  const add = (/** @type {string} */ piece) => {
    if (piece) spans.push({ text: piece.replace(controls, '�'), classes: String(style) });
  };
  for (const found of text.matchAll(escapes)) {
    add(text.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === 'm') style.apply((found[1] || '0').split(/[;:]/).map(Number));
  }
  add(text.slice(from));
  return spans;
}

/** Without any escapes. @param {string} line */
export const plain = (line) => spansOf(line).map((span) => span.text).join('');
