import { signal } from './html.js';

/** @typedef {'system' | 'light' | 'dark'} Theme */
const read = () => {
  const set = document.documentElement.dataset.theme;
  return /** @type {Theme} */ (set === 'light' || set === 'dark' ? set : 'system');
};
export const theme = signal(read());

/** @param {Theme} next */
export function setTheme(next) {
  theme.value = next;
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', next);
  } catch {
    // It holds for this tab only.
  }
}
