// Only the rows in sight are in the document, however long the log is.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { absolute } from '../time.js';
import { spansOf } from './ansi.js';
import { hashOf } from './lines_hash.js';
import { go } from '../router.js';

/** @typedef {import('./log_store.js').LogStore} LogStore */
/** @typedef {import('../types.js').LogLine} LogLine */

const rowHeight = 20;
const spare = 20;
/** Browsers stop at some 30 million pixels; a longer log is scrolled in larger steps. */
const tallest = 15_000_000;
const longestShown = 8000;

/** @param {{line: LogLine | undefined, n: number, marked: boolean, found: boolean, top: number, range: [number, number] | null}} props */
function Row({ line, n, marked, found, top, range }) {
  const pick = (/** @type {MouseEvent} */ event) => {
    event.preventDefault();
    const hash = event.shiftKey && range ? hashOf(Math.min(range[0], n), Math.max(range[0], n)) : hashOf(n, n);
    go(location.pathname + location.search + hash, { keepScroll: true });
  };
  return html`<div class=${`line ${line?.stream ?? ''} ${marked ? 'marked' : ''} ${found ? 'found' : ''}`} style=${{ transform: `translateY(${top}px)` }}>
    <a class="line-number" href=${`#L${n}`} onClick=${pick} aria-label=${`Line ${n}`} title=${line?.at ? absolute(line.at) : ''} tabindex="-1">${n}</a>${line?.stream === 'stderr' ? html`<span class="stream" title="stderr">!</span>` : html`<span class="stream"></span>`}<span class="line-text">${line ? spansOf(line.text.slice(0, longestShown)).map((span) => (span.classes ? html`<span class=${span.classes}>${span.text}</span>` : span.text)) : ''}</span>
  </div>`;
}

/** @param {{store: LogStore, version: number, follow: boolean, onFollow: (on: boolean) => void, range: [number, number] | null, jump: {n: number} | null, found: Set<number>}} props */
export function LogView({ store, version, follow, onFollow, range, jump, found }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(480);
  const own = useRef(false);
  const count = store.length;
  const full = count * rowHeight;
  const drawn = Math.min(full, tallest);
  const scale = full > tallest ? (full - height) / (tallest - height) : 1;
  const at = top * scale;
  const first = Math.max(0, Math.floor(at / rowHeight) - spare);
  const last = Math.min(count - 1, Math.ceil((at + height) / rowHeight) + spare);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = new ResizeObserver(() => setHeight(element.clientHeight));
    measure.observe(element);
    return () => measure.disconnect();
  }, []);
  useEffect(() => store.want(first, last), [store, first, last, version]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!follow || !element) return;
    own.current = true;
    element.scrollTop = element.scrollHeight;
  }, [follow, count, height]);
  // A line may come to be known after it was asked for.
  const wanted = useRef(jump);
  useLayoutEffect(() => void (wanted.current = jump), [jump]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!wanted.current || !element || !count) return;
    const { n } = wanted.current;
    const index = store.stream ? store.rows.findIndex((line) => line.n >= n) : n - 1;
    if (index < 0 || (index >= count && !store.ended)) return;
    wanted.current = null;
    own.current = true;
    element.scrollTop = Math.max(0, (index * rowHeight - height / 3) / scale);
    setTop(element.scrollTop);
  }, [jump, count, store]);

  const scrolled = (/** @type {Event} */ event) => {
    const element = /** @type {HTMLElement} */ (event.target);
    setTop(element.scrollTop);
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - rowHeight;
    if (!own.current && atEnd !== follow) onFollow(atEnd);
    own.current = false;
  };
  const rows = [];
  for (let i = first; i <= last; i += 1) {
    const line = store.at(i);
    const n = line?.n ?? i + 1;
    rows.push(html`<${Row} key=${n} n=${n} line=${line} range=${range} top=${i * rowHeight - at + top} marked=${range !== null && n >= range[0] && n <= range[1]} found=${found.has(n)} />`);
  }
  return html`<div class="log" style=${{ maxHeight: store.ended ? `${Math.max(3, count) * rowHeight + 20}px` : '' }} ref=${box} tabindex="0" role="region" aria-label="Log lines" onScroll=${scrolled}>
    <div class="log-lines" style=${{ height: `${Math.max(drawn, rowHeight)}px` }}>${rows}</div>
  </div>`;
}
