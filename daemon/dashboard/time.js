// Times, durations, sizes and numbers for people.
import { signal } from './html.js';

/** Moves every ten seconds; relative times follow it. */
export const now = signal(Date.now());
export const startClock = () => setInterval(() => (now.value = Date.now()), 10_000);

/** @param {number} seconds  at least 0 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0) return '0 s';
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return join(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return join(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

/** @param {number} a @param {string} unit @param {number} b @param {string} small */
const join = (a, unit, b, small) => (b ? `${a} ${unit} ${b} ${small}` : `${a} ${unit}`);

/** @param {string} iso @param {number} at  ms since 1970 */
export function relative(iso, at) {
  const seconds = (at - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return '–';
  const size = Math.abs(seconds);
  if (size < 10) return 'now';
  /** @type {[number, string][]} */
  const steps = [[60, 's'], [3600, 'min'], [86_400, 'h'], [86_400 * 60, 'd'], [Infinity, 'mo']];
  const divide = [1, 60, 3600, 86_400, 86_400 * 30.44];
  const index = steps.findIndex(([limit]) => size < limit);
  const text = `${Math.floor(size / divide[index])} ${steps[index][1]}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** In the reader's time zone, with the offset, so that it can be compared with a log. @param {string} iso */
export function absolute(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = offset === 0 ? 'UTC' : `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

/** @param {number | null | undefined} count */
export function bytes(count) {
  if (count === null || count === undefined || !Number.isFinite(count)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count, in groups of three that no line break parts. @param {number | null | undefined} value */
export const count = (value) => (value === null || value === undefined ? '–' : grouped.format(value).replaceAll(',', '\u202f'));

/** An output's value. @param {unknown} value */
export function value(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? count(value) : String(value);
    // Six digits, but never fewer than the whole part has.
    const whole = Math.abs(value) < 1 ? 0 : Math.floor(Math.log10(Math.abs(value))) + 1;
    if (whole < 4 || whole > 15) return String(Number(value.toPrecision(6)));
    const [before, after = ''] = String(Number(value.toFixed(Math.max(0, 6 - whole)))).split('.');
    return count(Number(before)) + (after && `.${after}`);
  }
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}
