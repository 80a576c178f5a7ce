// `/` search, `g` and a letter goes to a page, `j` `k` move over rows, Enter opens, `x` selects, `?` tells.
import { signal } from './html.js';
import { go } from './router.js';

export const helpShown = signal(false);

/** @type {Record<string, string>} */
const places = { o: '/', p: '/pipelines', r: '/runs', f: '/files', l: '/latest', c: '/coverage', s: '/system' };
/** @type {[string, string][]} */
export const keys = [
  ['/', 'search or filter'],
  ['g o', 'overview'],
  ['g p', 'pipelines'],
  ['g r', 'runs'],
  ['g f', 'files'],
  ['g l', 'latest results'],
  ['g c', 'coverage'],
  ['g s', 'system'],
  ['j  k', 'next row, previous row'],
  ['Enter', 'open the row'],
  ['x', 'select the row'],
  ['?', 'this list'],
];

let gone = 0;

/** @param {number} step */
function move(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-row]')]);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  const target = row.querySelector('a[href]');
  if (target instanceof HTMLElement) target.focus();
  row.scrollIntoView({ block: 'nearest' });
}

function select() {
  const box = document.activeElement?.closest('[data-row]')?.querySelector('input[type=checkbox]');
  if (box instanceof HTMLInputElement) box.click();
}

/** The field may only come with the page that was gone to. @param {number} frames */
function focusSearch(frames) {
  const field = document.querySelector('[data-search]');
  if (field instanceof HTMLElement) field.focus();
  else if (frames > 0) requestAnimationFrame(() => focusSearch(frames - 1));
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]')) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  const after = Date.now() - gone < 1500;
  gone = 0;
  const to = places[event.key];
  if (after && to) go(to);
  else if (event.key === 'g') gone = Date.now();
  else if (event.key === 'j') move(1);
  else if (event.key === 'k') move(-1);
  else if (event.key === 'x') select();
  else if (event.key === '?') helpShown.value = true;
  else if (event.key === '/') {
    if (!document.querySelector('[data-search]')) go('/runs');
    focusSearch(60);
  } else return;
  event.preventDefault();
}

export const startKeys = () => addEventListener('keydown', press);
