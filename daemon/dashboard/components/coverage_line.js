import { html } from '../html.js';
import { count } from '../time.js';
import { Icon } from './icons.js';
import { toneOf } from './state.js';

/** @typedef {import('../types.js').Coverage} Coverage */

/** What can become of a file, in the order of how much it needs a look.
 * @type {[keyof Coverage & ('failed' | 'waiting' | 'succeeded' | 'existing' | 'ignored'), string, string][]} */
export const fates = [
  ['failed', 'failed', 'their last run did not succeed'],
  ['waiting', 'waiting', 'their run is under way or will be'],
  ['succeeded', 'succeeded', 'they have a good result'],
  ['existing', 'existing', 'they were there before their pipeline, which skips those'],
  ['ignored', 'ignored', 'no pipeline wants them'],
];

/** The proof that nothing went unhandled: what was seen is the sum of what became of it.
 * @param {{coverage: Coverage, period?: string}} props */
export function CoverageLine({ coverage, period = '' }) {
  const open = coverage.failed + coverage.waiting;
  const sum = fates.reduce((total, [name]) => total + Number(coverage[name]), 0);
  return html`<section class="coverage" aria-label="Coverage">
    <p class="coverage-text">
      <b class="number big">${count(coverage.seen)}</b> files and objects seen${period}
      ${open === 0 ? html`<span class="state good"><${Icon} name="succeeded" />each of them is settled</span>` : html`<span class=${`state ${coverage.failed ? 'bad' : 'busy'}`}><${Icon} name=${coverage.failed ? 'failed' : 'waiting'} />${count(open)} unresolved</span>`}
      ${sum !== coverage.seen && html`<span class="state bad"><${Icon} name="error" />the sum is ${count(sum)}: please report this</span>`}
    </p>
    <svg class="coverage-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bar(coverage)}</svg>
    <ul class="legend">${fates.map(([name, word, help]) => html`<li title=${help}><a href=${`/files?state=${name}`}><${Icon} name=${name} class=${toneOf(name)} />${word} <b class="number">${count(Number(coverage[name]))}</b></a></li>`)}</ul>
  </section>`;
}

/** @param {Coverage} coverage */
function bar(coverage) {
  let at = 0;
  return fates.map(([name]) => {
    const width = coverage.seen ? (1000 * Number(coverage[name])) / coverage.seen : 0;
    const shown = width > 0 ? Math.max(width, 6) : 0;
    const rect = html`<rect class=${`fate-${name}`} x=${at} y="0" width=${shown} height="10" />`;
    at += shown;
    return rect;
  });
}
