// The grammar of filters of runs, as far as the page changes them: terms between blanks, "quoted" where need be.

/** @param {string} q @returns {string[]} */
export function terms(q) {
  return q.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}

/** @param {string} value */
export const quoted = (value) => (/[\s"]/.test(value) ? `"${value.replace(/(["\\])/g, '\\$1')}"` : value);

/** @param {string} text */
const unquoted = (text) => (/^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text);

/** The value of the first `name:value`. @param {string} q @param {string} name */
export function term(q, name) {
  const found = terms(q).find((text) => text.startsWith(name + ':'));
  return found === undefined ? null : unquoted(found.slice(name.length + 1));
}

/** The filter with this term instead of those of the same name; null takes them away.
 * @param {string} q @param {string} name @param {string | null} value */
export function withTerm(q, name, value) {
  const others = terms(q).filter((text) => !text.startsWith(name + ':'));
  if (value) others.push(`${name}:${value.split(',').map(quoted).join(',')}`);
  return others.join(' ');
}

/** The numbers of `?runs=1,2,3`: at most six, each once. @param {string | null} text @returns {number[]} */
export function runList(text) {
  const numbers = (text ?? '').split(',').map(Number).filter((n) => Number.isSafeInteger(n) && n > 0);
  return [...new Set(numbers)].slice(0, 6);
}
