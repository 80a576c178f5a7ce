// One stream of events a tab. EventSource reconnects by itself and says what it had last; a stream that it has given up
// (the daemon answered with an error) is opened anew from the same place.
import { signal } from './html.js';

/** @typedef {import('./types.js').FeedEntry} FeedEntry */
/** @typedef {import('./types.js').LogEvent} LogEvent */
/** @typedef {{feed: FeedEntry, log: LogEvent, progress: any, status: any, refresh: null}} Kinds */

/** @type {import('./vendor/signals.js').Signal<'new' | 'open' | 'lost'>} */
export const connection = signal('new');
/** Counts of the whole daemon, as the stream told them last. @type {import('./vendor/signals.js').Signal<any>} */
export const counts = signal(null);

/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();

/** `refresh` comes when what is shown may be out of date without an event having said so.
 * @template {keyof Kinds} K @param {K} kind @param {(data: Kinds[K]) => void} listener @returns {() => void} */
export function on(kind, listener) {
  const set = listeners.get(kind) ?? new Set();
  listeners.set(kind, set.add(listener));
  return () => void set.delete(listener);
}

/** @param {string} kind @param {any} data */
const tell = (kind, data) => listeners.get(kind)?.forEach((listener) => listener(data));

/** @type {EventSource | null} */
let stream = null;
/** @type {number | undefined} */
let again;
let wait = 1000;
let seq = -1;
/** The log that is followed: "42.1", and the last line that is known. @type {{of: string, line: number} | null} */
let log = null;
let told = false;

/** @param {string} id  FEED:SEQ or FEED:SEQ;RUN.ATTEMPT:LINE */
function remember(id) {
  const found = /^[^:;]+:(\d+)/.exec(id);
  if (found) seq = Number(found[1]);
}

/** @param {string} kind @param {(data: any) => void} [also] */
function pass(kind, also) {
  stream?.addEventListener(kind, (event) => {
    const message = /** @type {MessageEvent} */ (event);
    remember(message.lastEventId);
    let data;
    try {
      data = JSON.parse(message.data);
    } catch {
      return;
    }
    also?.(data);
    tell(kind, data);
  });
}

function open() {
  clearTimeout(again);
  stream?.close();
  const query = new URLSearchParams();
  if (seq >= 0) query.set('after', String(seq));
  if (log) query.set('log', `${log.of}:${log.line}`);
  const opened = new EventSource(`/api/v1/events?${query}`);
  stream = opened;
  opened.addEventListener('open', () => {
    wait = 1000;
    const wasLost = connection.value === 'lost';
    connection.value = 'open';
    // What the page had fetched before the stream began may lack what happened in between; and what failed while the
    // daemon was away is asked for again.
    if (wasLost || (!told && seq < 0)) tell('refresh', null);
    told = true;
  });
  opened.addEventListener('error', () => {
    if (opened !== stream) return;
    connection.value = 'lost';
    if (opened.readyState !== EventSource.CLOSED) return;
    again = setTimeout(open, wait);
    wait = Math.min(wait * 2, 15_000);
  });
  pass('feed');
  pass('log', (data) => {
    const last = data.lines?.at(-1);
    if (log && last) log.line = Math.max(log.line, last.n);
  });
  pass('progress');
  pass('status', (data) => (counts.value = data));
  pass('reset', () => {
    // Another feed: its numbers mean other entries.
    seq = -1;
    tell('refresh', null);
  });
}

export function startEvents() {
  if (!stream) open();
}
export function stopEvents() {
  clearTimeout(again);
  stream?.close();
  stream = null;
  seq = -1;
  told = false;
  connection.value = 'new';
}

/** Lines of this attempt behind `line` come as `log` events from now on.
 * @param {string} run @param {number} attempt @param {number} line @returns {() => void} stops it */
export function followLog(run, attempt, line) {
  const mine = { of: `${run}.${attempt}`, line };
  log = mine;
  if (stream) open();
  return () => {
    if (log !== mine) return;
    log = null;
    if (stream) open();
  };
}
