import { html } from '../html.js';
import { runPath } from '../router.js';
import { duration } from '../time.js';
import { isEnd, toneOf, wordOf } from './state.js';

/** The newest thirty runs, oldest on the left; the height is the duration beside the longest of them.
 * @param {{recent: import('../types.js').RecentRun[], name: string}} props */
export function Strip({ recent, name }) {
  const runs = [...recent].reverse();
  const longest = Math.max(0.001, ...runs.map((run) => run.duration_s ?? 0));
  const bad = runs.filter((run) => ['bad', 'warn'].includes(toneOf(run.state))).length;
  return html`<div class="strip" role="group" aria-label=${`The last ${runs.length} runs of ${name}: ${bad} did not succeed`}>
    ${Array.from({ length: 30 - runs.length }, () => html`<span class="none"></span>`)}
    ${runs.map((run) => {
      const text = `Run ${run.run_no}: ${wordOf(run.state)}${run.duration_s === null ? '' : `, ${duration(run.duration_s)}`}`;
      return html`<a key=${run.run_no} class=${isEnd(run.state) ? toneOf(run.state) : 'open'} href=${runPath(run.run_no)} title=${text} aria-label=${text} tabindex="-1" style=${{ height: `${30 + 70 * ((run.duration_s ?? longest) / longest)}%` }}></a>`;
    })}
  </div>`;
}
