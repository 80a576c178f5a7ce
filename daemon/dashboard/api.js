import { go } from './router.js';

export { url } from './url.js';

/** What an RFC 9457 problem said. */
export class ApiError extends Error {
  /** @param {number} status @param {{title?: string, detail?: string, hint?: string}} problem */
  constructor(status, problem) {
    super(problem.detail || problem.title || `The daemon answered ${status}.`);
    this.status = status;
    this.hint = problem.hint ?? '';
  }
}

/** Keeps where the reader wanted to go, and asks who they are. */
export function signIn() {
  if (location.pathname === '/sign-in') return;
  try {
    sessionStorage.setItem('wanted', location.pathname + location.search + location.hash);
  } catch {
    // Without storage the way leads to the overview.
  }
  go('/sign-in', { replace: true });
}

/** @param {Response} response */
async function failure(response) {
  const text = await response.text().catch(() => '');
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    problem = { title: response.statusText };
  }
  return new ApiError(response.status, problem);
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function ask(path, init) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, { detail: 'The daemon does not answer.', hint: '`systemctl status tidewheeld` on its server says why. It is asked again by itself.' });
  }
  if (response.ok) return response;
  const error = await failure(response);
  if (response.status === 401 && path !== '/api/v1/session') signIn();
  throw error;
}

/** @param {string} path @param {AbortSignal} [abort] @returns {Promise<any>} */
export const get = async (path, abort) =>
  (await ask(path, { headers: { Accept: 'application/json' }, ...(abort && { signal: abort }) })).json();

/** @param {string} path @param {AbortSignal} [abort] @returns {Promise<string>} */
export const getText = async (path, abort) => (await ask(path, abort ? { signal: abort } : {})).text();

/** @param {string} path @param {object} [body] @param {Record<string, string>} [headers] @returns {Promise<any>} */
export async function post(path, body = {}, headers = {}) {
  const response = await ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.status === 204 ? null : response.json();
}

/** @param {string} path */
export const remove = (path) => ask(path, { method: 'DELETE', headers: { 'Content-Type': 'application/json' } });
