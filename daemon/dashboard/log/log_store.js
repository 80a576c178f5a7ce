// The lines of one attempt's log: fetched in chunks around what is looked at, added to as events bring more.
import { url } from '../url.js';

/** @typedef {import('../types.js').LogLine} LogLine */
/** @typedef {import('../types.js').LogPage} LogPage */

export const chunkSize = 500;
const mostChunks = 60;

export class LogStore {
  /** @param {string} run @param {number} attempt @param {'' | 'stdout' | 'stderr'} stream @param {() => void} changed
   * @param {(path: string) => Promise<any>} fetch */
  constructor(run, attempt, stream, changed, fetch) {
    this.run = run;
    this.attempt = attempt;
    this.stream = stream;
    this.changed = changed;
    this.fetch = fetch;
    /** @type {Map<number, LogLine[]>} */
    this.chunks = new Map();
    /** @type {Set<number>} */
    this.pending = new Set();
    /** Lines of one stream, one after another. @type {LogLine[]} */
    this.rows = [];
    /** @type {number | null} */
    this.next = 1;
    this.total = 0;
    this.ended = false;
    this.known = false;
    /** @type {unknown} */
    this.error = null;
  }

  /** How many rows there are to show. */
  get length() {
    return this.stream ? this.rows.length : this.total;
  }
  /** @param {number} index  from 0 @returns {LogLine | undefined} */
  at(index) {
    return this.stream ? this.rows[index] : this.chunks.get(Math.floor(index / chunkSize))?.[index % chunkSize];
  }

  /** @param {number} first @param {number} last  rows that are looked at */
  want(first, last) {
    if (this.stream) {
      if (this.next !== null && (!this.known || last >= this.rows.length - 200)) void this.more();
      return;
    }
    if (!this.known) return void this.load(0);
    for (let chunk = Math.floor(Math.max(0, first) / chunkSize); chunk * chunkSize <= Math.min(last, this.total - 1); chunk += 1) {
      const expected = Math.min(chunkSize, this.total - chunk * chunkSize);
      const have = this.chunks.get(chunk);
      if (!have || have.length < expected || this.hasHole(have, expected)) void this.load(chunk);
    }
  }
  /** @param {LogLine[]} lines @param {number} expected */
  hasHole(lines, expected) {
    for (let i = 0; i < expected; i += 1) if (!lines[i]) return true;
    return false;
  }

  /** @param {number} chunk */
  async load(chunk) {
    if (this.pending.has(chunk)) return;
    this.pending.add(chunk);
    try {
      /** @type {LogPage} */
      const page = await this.fetch(this.address(chunk * chunkSize + 1));
      this.take(page);
      this.put(page.lines);
      this.forget(chunk);
    } catch (error) {
      this.error = error;
    }
    this.pending.delete(chunk);
    this.changed();
  }
  /** The next lines of one stream. */
  async more() {
    if (this.pending.has(-1) || this.next === null) return;
    this.pending.add(-1);
    try {
      /** @type {LogPage} */
      const page = await this.fetch(this.address(this.next));
      this.take(page);
      this.rows.push(...page.lines);
      this.next = page.next ?? null;
    } catch (error) {
      this.error = error;
      this.next = null;
    }
    this.pending.delete(-1);
    this.changed();
  }
  /** @param {number} from */
  address(from) {
    return url(`/api/v1/runs/${this.run}/log/lines`, { attempt: this.attempt, from, limit: chunkSize, stream: this.stream });
  }
  /** @param {LogPage} page */
  take(page) {
    this.error = null;
    this.known = true;
    this.total = Math.max(this.total, page.total);
    this.ended = page.ended;
  }
  /** @param {LogLine[]} lines */
  put(lines) {
    for (const line of lines) {
      const chunk = Math.floor((line.n - 1) / chunkSize);
      let list = this.chunks.get(chunk);
      if (!list) this.chunks.set(chunk, (list = []));
      list[(line.n - 1) % chunkSize] = line;
    }
  }
  /** Keeps the number of chunks bounded: the farthest ones go. @param {number} around */
  forget(around) {
    const keys = [...this.chunks.keys()].sort((a, b) => Math.abs(b - around) - Math.abs(a - around));
    for (const key of keys.slice(0, Math.max(0, keys.length - mostChunks))) this.chunks.delete(key);
  }

  /** What an event brought. @param {LogLine[]} lines @param {boolean} ended */
  append(lines, ended) {
    if (this.stream) {
      const last = this.rows.at(-1)?.n ?? 0;
      if (this.next === null) this.rows.push(...lines.filter((line) => line.stream === this.stream && line.n > last));
    } else this.put(lines);
    this.total = Math.max(this.total, lines.at(-1)?.n ?? 0);
    if (ended && !this.ended) {
      // The whole log has taken the place of the one that was read along.
      this.ended = true;
      this.chunks.clear();
      if (this.stream) (this.rows = []), (this.next = 1), (this.known = false);
    }
    this.changed();
  }
}
