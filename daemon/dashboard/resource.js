import { useCallback, useEffect, useRef, useState } from './html.js';
import { get } from './api.js';
import { on } from './events.js';

/** @typedef {import('./types.js').FeedEntry} FeedEntry */
/** @template T @typedef {{data: T | null, error: any, loading: boolean, reload: () => void}} Resource */

const between = 700;

/** What a GET answers, kept up to date: `wants` says which entries of the feed make it worth another look, `every` after
 * how many seconds the clock alone does (data becomes overdue without an entry). What was there stays until the new
 * answer is.
 * @template T @param {string | null} path @param {(entry: FeedEntry) => boolean} [wants] @param {number} [every] @returns {Resource<T>} */
export function useResource(path, wants, every = 0) {
  const [state, setState] = useState(/** @type {any} */ ({ path: null, data: null, error: null, loading: true }));
  const timer = useRef(/** @type {number | undefined} */ (undefined));
  const last = useRef(0);
  const abort = useRef(/** @type {AbortController | null} */ (null));
  const filter = useRef(wants);
  filter.current = wants;

  const load = useCallback(async () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (!path) return;
    abort.current?.abort();
    const mine = (abort.current = new AbortController());
    last.current = Date.now();
    try {
      const data = await get(path, mine.signal);
      if (!mine.signal.aborted) setState({ path, data, error: null, loading: false });
    } catch (error) {
      if (!mine.signal.aborted) setState((/** @type {any} */ old) => ({ ...old, path, error, loading: false }));
    }
  }, [path]);

  const soon = useCallback(() => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(load, Math.max(0, last.current + between - Date.now()));
  }, [load]);

  useEffect(() => {
    setState((/** @type {any} */ old) => ({ ...old, loading: true }));
    void load();
    const off = [on('refresh', soon), on('feed', (entry) => filter.current?.(entry) && soon())];
    const clock = every ? setInterval(soon, every * 1000) : undefined;
    return () => {
      clearInterval(clock);
      off.forEach((stop) => stop());
      clearTimeout(timer.current);
      timer.current = undefined;
      abort.current?.abort();
    };
  }, [load]);
  return { data: state.data, error: state.error, loading: state.loading, reload: load };
}
