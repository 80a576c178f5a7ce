import { signal } from './html.js';

/** @typedef {{path: string, query: URLSearchParams, hash: string}} Place */

/** @returns {Place} */
const here = () => ({ path: location.pathname, query: new URLSearchParams(location.search), hash: location.hash });

/** Where the reader is. */
export const place = signal(here());

/** @param {string} to  a path of this page, with query and fragment
 * @param {{replace?: boolean, keepScroll?: boolean}} [how] */
export function go(to, how = {}) {
  const before = location.pathname;
  if (how.replace) history.replaceState(null, '', to);
  else if (to !== location.pathname + location.search + location.hash) history.pushState(null, '', to);
  place.value = here();
  if (!how.replace && !how.keepScroll && before !== location.pathname) scrollTo(0, 0);
}

/** The same path with some of the query changed; null takes a name away.
 * @param {Record<string, string | null>} changes @param {{replace?: boolean}} [how] */
export function setQuery(changes, how = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes))
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  go(location.pathname + (text ? '?' + text : ''), { ...how, keepScroll: true });
}

/** A link's address, if it is one that may be followed: a path of this origin or http(s). Everything that the API
 * tells is taken as hostile, `javascript:` included.
 * @param {string | null | undefined} text @returns {string | undefined} */
export function safeHref(text) {
  if (!text) return undefined;
  if (/^\/(?![/\\])/.test(text)) return text;
  return /^https?:\/\/[^\s]+$/i.test(text) ? text : undefined;
}

/** What the daemon answers itself, not this page. */
export const foreign = /^\/(api|a|assets|latest\/.+|badge|metrics|openapi\.json|healthz|readyz)(\/|$)/;

/** @param {MouseEvent} event */
function follow(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target.closest('a') : null;
  if (!target || target.target || target.hasAttribute('download') || target.origin !== location.origin) return;
  if (foreign.test(target.pathname)) return;
  if (target.pathname === location.pathname && target.search === location.search && target.hash) return;
  event.preventDefault();
  go(target.pathname + target.search + target.hash);
}

export function startRouter() {
  addEventListener('popstate', () => (place.value = here()));
  addEventListener('hashchange', () => (place.value = here()));
  document.addEventListener('click', follow);
}

/** @param {string} name */
export const pipelinePath = (name) => `/pipelines/${encodeURIComponent(name)}`;
/** @param {number | string} run */
export const runPath = (run) => `/runs/${encodeURIComponent(String(run))}`;
