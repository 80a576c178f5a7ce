import { html } from '../html.js';
import { Icon } from './icons.js';

/** @typedef {import('../types.js').RunState} RunState */

/** Which colour a state has: good, bad, warn, busy or calm. @type {Record<string, string>} */
const tones = {
  succeeded: 'good', failed: 'bad', timed_out: 'bad', rejected: 'warn', interrupted: 'warn', held: 'warn',
  retry_wait: 'warn', pulling: 'busy', starting: 'busy', running: 'busy', collecting: 'busy', error: 'bad',
  warning: 'warn', waiting: 'busy', invalid: 'bad', live: 'good', ok: 'good', fresh: 'good', failing: 'bad', overdue: 'warn', stale: 'warn',
};
/** @type {Record<string, string>} */
const words = { timed_out: 'timed out', retry_wait: 'retry waits' };
/** @type {Record<string, string>} */
const icons = { invalid: 'failed', failing: 'failed', overdue: 'timed_out', stale: 'timed_out', paused: 'held', disabled: 'cancelled', retired: 'outdated', ok: 'succeeded', fresh: 'succeeded' };

export const ends = new Set(['succeeded', 'failed', 'rejected', 'timed_out', 'cancelled', 'interrupted', 'outdated', 'skipped']);
export const states = ['queued', 'held', 'pulling', 'starting', 'running', 'collecting', 'retry_wait', ...ends];
/** @param {string} state */
export const isEnd = (state) => ends.has(state);
/** @param {string} state */
export const toneOf = (state) => tones[state] ?? 'calm';
/** @param {string} state */
export const wordOf = (state) => words[state] ?? state.replaceAll('_', ' ');

/** Icon, word and colour. @param {{state: string, word?: string}} props */
export const State = ({ state, word }) =>
  html`<span class=${`state ${toneOf(state)}`} data-state=${state}><${Icon} name=${icons[state] ?? state} class=${state === 'running' ? 'turns' : ''} />${word ?? wordOf(state)}</span>`;
