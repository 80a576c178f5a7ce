import { html } from '../html.js';
import { url } from '../api.js';
import { useResource } from '../resource.js';
import { place, setQuery } from '../router.js';
import { count } from '../time.js';
import { CoverageLine, fates } from '../components/coverage_line.js';
import { Section } from '../components/empty.js';
import { Icon } from '../components/icons.js';
import { ItemsTable } from '../components/items_table.js';
import { Loaded } from '../components/problem.js';

/** @typedef {import('../types.js').Coverage & {unresolved: import('../types.js').Item[], complete: boolean}} Answer */

/** @type {[string, string][]} */
const periods = [['', 'everything'], ['1d', 'last day'], ['7d', 'last week'], ['30d', 'last month']];

export function Page() {
  const since = place.value.query.get('since') ?? '';
  const pipeline = place.value.query.get('pipeline') ?? '';
  const coverage = useResource(url('/api/v1/coverage', { since, pipeline }), () => true);
  const pipelines = useResource('/api/v1/pipelines');
  return html`<header class="page-head"><h1>Coverage</h1><div class="aside">
      <div class="tabs" role="group" aria-label="Since when">${periods.map(([value, word]) => html`<button aria-pressed=${since === value} onClick=${() => setQuery({ since: value })}>${word}</button>`)}</div>
      <select aria-label="Pipeline" onChange=${(/** @type {any} */ event) => setQuery({ pipeline: event.target.value })}><option value="">every pipeline</option>${pipelines.data?.pipelines.map((/** @type {any} */ one) => html`<option value=${one.name} selected=${one.name === pipeline}>${one.name}</option>`)}</select>
    </div></header>
    <${Loaded} of=${coverage}>${(/** @type {Answer} */ data) => html`
      <${CoverageLine} coverage=${data} period=${since ? ` in the ${periods.find(([value]) => value === since)?.[1] ?? since}` : ''} />
      <${Section} title="The sum"><p class="sum number"><b>${count(data.seen)}</b> seen = ${fates.map(([name, word], i) => html`${i ? ' + ' : ''}<b>${count(Number(data[name]))}</b> ${word}`)}</p>
        <dl class="facts fate-list">${fates.map(([, word, help]) => html`<div><dt>${word}</dt><dd>${help}</dd></div>`)}</dl><//>
      <div class="spaced"><h2 class="list-head">Unresolved${data.complete ? '' : ` (${count(data.unresolved.length)} of ${count(data.failed + data.waiting)})`}</h2>
      ${data.unresolved.length === 0 ? html`<p class="calm-line"><${Icon} name="succeeded" class="good" />Nothing: everything that was seen is settled.</p>` : html`<${ItemsTable} items=${data.unresolved} />`}</div>`}<//>`;
}
