/** A path with a query; null, undefined and '' are left out.
 * @param {string} path @param {Record<string, string | number | null | undefined>} query */
export function url(path, query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}
