import { html } from '../html.js';
import { useResource } from '../resource.js';
import { url } from '../api.js';
import { pipelinePath, runPath, place, setQuery } from '../router.js';
import { count, value } from '../time.js';
import { firstPipeline } from '../examples.js';
import { Empty } from '../components/empty.js';
import { Loaded } from '../components/problem.js';
import { Snippet } from '../components/copy.js';
import { Icon } from '../components/icons.js';
import { State } from '../components/state.js';
import { Strip } from '../components/strip.js';
import { Time } from '../components/time.js';

/** @typedef {import('../types.js').Pipeline} Pipeline */

/** How a pipeline is, the worst thing first. @param {Pipeline} pipeline @returns {[string, string][]} */
export function conditions(pipeline) {
  /** @type {[string, string][]} */
  const list = [];
  if (pipeline.state === 'invalid' || pipeline.diagnostics) list.push(['invalid', pipeline.state === 'invalid' ? 'invalid' : 'new file invalid']);
  if (pipeline.hold) list.push(['held', 'held']);
  if (pipeline.health === 'failing') list.push(['failing', 'failing']);
  if (pipeline.expect?.state === 'overdue') list.push(['overdue', 'overdue']);
  if (pipeline.paused) list.push(['paused', 'paused']);
  if (pipeline.state === 'disabled' || pipeline.state === 'retired') list.push([pipeline.state, pipeline.state]);
  if (!list.length) list.push(pipeline.health === 'ok' ? ['ok', 'fine'] : ['unknown', 'no result yet']);
  return list;
}

/** @param {{pipeline: Pipeline}} props */
const Row = ({ pipeline }) => html`<tr data-row>
  <td data-label="Pipeline"><a class="row-link" href=${pipelinePath(pipeline.name)}>${pipeline.name}</a>${pipeline.title && html`<small class="why">${pipeline.title}</small>`}</td>
  <td data-label="Health"><div class="states">${conditions(pipeline).map(([state, word]) => html`<${State} state=${state} word=${word} />`)}</div>
    ${pipeline.alerts?.map((alert) => html`<a class="state bad" href=${runPath(alert.run_no)}><${Icon} name=${alert.bound === 'below' ? 'below' : 'above'} />${alert.name} ${value(alert.value)}</a>`)}</td>
  <td data-label="Last 30 runs" class="strip-cell">${pipeline.recent ? html`<${Strip} recent=${pipeline.recent} name=${pipeline.name} />` : null}</td>
  <td data-label="Last run">${pipeline.last_run ? html`<${Time} at=${pipeline.last_run.finished_at ?? pipeline.last_run.queued_at} />` : html`<span class="muted">none</span>`}</td>
  <td data-label="Unfinished" class="right number"><a href=${url('/runs', { q: `pipeline:${pipeline.name} state:queued,held,pulling,starting,running,collecting,retry_wait` })}>${count(Object.values(pipeline.counts ?? {}).reduce((a, b) => a + b, 0))}</a></td>
  <td data-label="Tags">${pipeline.tags?.map((tag) => html`<span class="tag">${tag}</span>`)}${pipeline.owner && html`<small class="why">${pipeline.owner}</small>`}</td>
</tr>`;

export function Page() {
  const list = useResource('/api/v1/pipelines', () => true, 60);
  const q = place.value.query.get('q') ?? '';
  const fits = (/** @type {Pipeline} */ one) => [one.name, one.title, one.owner, ...(one.tags ?? [])].some((text) => text?.toLowerCase().includes(q.toLowerCase()));
  return html`<header class="page-head"><h1>Pipelines</h1></header>
    <${Loaded} of=${list}>${(/** @type {{pipelines: Pipeline[]}} */ data) => {
      if (!data.pipelines.length)
        return html`<${Empty} title="No pipeline yet"><p>A pipeline is one YAML file in the pipelines folder. It is read as soon as it is there; <code>tidewheel validate FILE</code> says beforehand what is wrong with it.</p><${Snippet} text=${firstPipeline} label="A first pipeline" /><//>`;
      const shown = data.pipelines.filter(fits);
      return html`<div class="search"><input data-search type="search" value=${q} aria-label="Filter pipelines" placeholder="Name, title, owner or tag" onInput=${(/** @type {any} */ event) => setQuery({ q: event.target.value }, { replace: true })} /></div>
        ${shown.length === 0 && html`<${Empty} title="No pipeline fits" />`}
        ${shown.length > 0 && html`<table class="cards"><thead><tr><th>Pipeline</th><th>Health</th><th>Last 30 runs</th><th>Last run</th><th class="right">Unfinished</th><th>Tags</th></tr></thead><tbody>${shown.map((one) => html`<${Row} key=${one.name} pipeline=${one} />`)}</tbody></table>`}`;
    }}<//>`;
}
