import { html } from '../html.js';
import { pipelinePath, runPath } from '../router.js';
import { Prose } from './prose.js';
import { State } from './state.js';
import { Duration, Time } from './time.js';

/** @typedef {import('../types.js').Run} Run */

/** @param {{run: Run, selected?: boolean, onSelect?: (on: boolean) => void, showPipeline: boolean}} props */
const Row = ({ run, selected, onSelect, showPipeline }) => html`<tr data-row class=${selected ? 'selected' : ''}>
  ${onSelect && html`<td class="pick"><input type="checkbox" aria-label=${`Select run ${run.run_no}`} checked=${selected} onChange=${(/** @type {any} */ e) => onSelect(e.target.checked)} /></td>`}
  <td data-label="Run"><a class="row-link number" href=${runPath(run.run_no)}>${run.run_no}</a></td>
  <td data-label="State"><${State} state=${run.state} /></td>
  ${showPipeline && html`<td data-label="Pipeline"><a href=${pipelinePath(run.pipeline)}>${run.pipeline}</a></td>`}
  <td data-label="Input" class="wide"><span class="key" title=${run.input?.uri}>${run.input?.key ?? html`<span class="muted">no input</span>`}</span>${run.explanation && !['succeeded', 'outdated'].includes(run.state) && html`<small class="why"><${Prose} text=${run.explanation.replace(/\bRUN\b/g, String(run.run_no))} /></small>`}</td>
  <td data-label="Trigger" class="spare">${run.trigger}</td>
  <td data-label="When" class="when"><${Time} at=${run.finished_at ?? run.started_at ?? run.queued_at} /></td>
  <td data-label="Took" class="right took"><${Duration} seconds=${run.duration_s} /></td>
</tr>`;

/** @param {{runs: Run[], selected?: Set<number>, onSelect?: (run: number, on: boolean) => void, showPipeline?: boolean}} props */
export const RunsTable = ({ runs, selected, onSelect, showPipeline = true }) => html`<table class="cards runs">
  <thead><tr>${onSelect && html`<th class="pick"><span class="hidden">Select</span></th>`}<th>Run</th><th>State</th>${showPipeline && html`<th>Pipeline</th>`}<th class="wide">Input</th><th class="spare">Trigger</th><th>When</th><th class="right">Took</th></tr></thead>
  <tbody>${runs.map((run) => html`<${Row} key=${run.run_id} run=${run} showPipeline=${showPipeline} selected=${selected?.has(run.run_no)} onSelect=${onSelect && ((/** @type {boolean} */ on) => onSelect(run.run_no, on))} />`)}</tbody>
</table>`;
