import { signal, computed } from './html.js';
import { get } from './api.js';

/** Who reads this page. @type {import('./vendor/signals.js').Signal<import('./types.js').Me | null>} */
export const me = signal(null);
export const mayOperate = computed(() => !me.value || me.value.access !== 'read');
export const isAdmin = computed(() => me.value?.access === 'admin');

export async function loadMe() {
  if (me.value) return;
  try {
    me.value = await get('/api/v1/me');
  } catch {
    // The calls of the page itself say what is wrong.
  }
}
