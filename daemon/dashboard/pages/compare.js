import { html, useEffect, useState } from '../html.js';
import { get } from '../api.js';
import { place, pipelinePath, runPath, setQuery } from '../router.js';
import { runList } from '../filter.js';
import { compareRuns, delta, sharedArtifacts } from '../compare.js';
import { bytes, duration, value } from '../time.js';
import { Empty, Section } from '../components/empty.js';
import { Problem } from '../components/problem.js';
import { State } from '../components/state.js';
import { Time } from '../components/time.js';
import { ArtifactBody } from '../components/artifact.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */
/** @typedef {import('../compare.js').CompareRow} CompareRow */

/** @param {CompareRow} row */
const formatOf = (row) => (row.group === 'Outputs' ? undefined : row.unit === 'bytes' ? bytes : row.unit === 's' ? duration : undefined);

/** @param {CompareRow} row @param {unknown} one */
function cell(row, one) {
  if (one === null || one === undefined) return html`<span class="muted">–</span>`;
  if (row.name === 'state') return html`<${State} state=${String(one)} />`;
  if (row.name === 'pipeline') return html`<a href=${pipelinePath(String(one))}>${one}</a>`;
  if (row.unit === 'bytes' && row.group !== 'Outputs') return html`<span class="number" title=${String(one)}>${bytes(Number(one))}</span>`;
  if (row.unit === 's' && row.group === 'Cost') return html`<span class="number">${duration(Number(one))}</span>`;
  const text = value(one);
  return typeof one === 'number' ? html`<span class="number">${text}</span>` : html`<span class=${text.length > 20 ? 'key' : ''}>${text}</span>`;
}

/** @param {{runs: RunDetail[], all: boolean}} props */
function Table({ runs, all }) {
  const rows = compareRuns(runs).filter((row) => all || !row.same);
  if (!rows.length) return html`<${Empty} title="These runs do not differ in anything that is recorded" />`;
  return html`<div class="scrolls panel flush" tabindex="0" role="region" aria-label="Comparison"><table class="compare">
    <thead><tr><td></td>${runs.map((run) => html`<th scope="col"><a class="number" href=${runPath(run.run_no)}>Run ${run.run_no}</a> <${Time} at=${run.finished_at ?? run.queued_at} /></th>`)}</tr></thead>
    <tbody>${rows.map((row, i) => html`${row.group !== rows[i - 1]?.group && html`<tr class="group"><th colspan=${runs.length + 1} scope="rowgroup">${row.group}</th></tr>`}
      <tr class=${row.same ? 'same' : ''}><th scope="row">${row.name}${row.unit && row.group === 'Outputs' && html` <span class="unit">${row.unit}</span>`}</th>${row.values.map((one, column) => html`<td>${cell(row, one)}${column > 0 && row.numeric && row.group !== 'Run' && html` <small class="muted number">${delta(one, row.values[0], formatOf(row))}</small>`}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

export function Page() {
  const text = place.value.query.get('runs');
  const all = place.value.query.get('all') === '1';
  const [state, setState] = useState(/** @type {{runs: RunDetail[] | null, error: unknown}} */ ({ runs: null, error: null }));
  const numbers = runList(text);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all(numbers.map((run) => get(`/api/v1/runs/${run}`, abort.signal))).then(
      (runs) => setState({ runs, error: null }),
      (error) => abort.signal.aborted || setState({ runs: null, error }),
    );
    return () => abort.abort();
  }, [text]);
  const { runs, error } = state;
  const artifacts = runs ? sharedArtifacts(runs).slice(0, 12) : [];
  return html`<header class="page-head"><h1>Compare ${numbers.length} runs</h1><label class="aside"><input type="checkbox" checked=${all} onChange=${(/** @type {any} */ event) => setQuery({ all: event.target.checked ? '1' : null }, { replace: true })} /> Also what is the same</label></header>
    ${error && html`<${Problem} error=${error} />`}
    ${numbers.length < 2 && html`<${Empty} title="Nothing to compare"><p>Select two to six runs on <a href="/runs">Runs</a> (<kbd>x</kbd> selects), then press Compare.</p><//>`}
    ${runs && numbers.length >= 2 && html`<${Table} runs=${runs} all=${all} />
      ${artifacts.map((artifact) => html`<${Section} key=${artifact.name} title=${artifact.name}><div class=${`side-by-side of-${runs.length}`}>${artifact.of.map((one, i) => html`<div><p class="muted">Run ${runs[i].run_no}</p>${one ? html`<${ArtifactBody} artifact=${one} />` : html`<p class="muted">has none</p>`}</div>`)}</div><//>`)}`}`;
}
