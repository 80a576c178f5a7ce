/** Which lines an address names: #L120 or #L120-L140. @param {string} hash @returns {[number, number] | null} */
export function linesOf(hash) {
  const found = /^#L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(hash);
  if (!found) return null;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  if (first < 1 || last < 1) return null;
  return first <= last ? [first, last] : [last, first];
}

/** @param {number} first @param {number} last */
export const hashOf = (first, last) => (first === last ? `#L${first}` : `#L${Math.min(first, last)}-L${Math.max(first, last)}`);
