import { html, useEffect, useState } from '../html.js';
import { useResource } from '../resource.js';
import { url } from '../api.js';
import { place, setQuery } from '../router.js';
import { count } from '../time.js';
import { Section } from '../components/empty.js';
import { Problem } from '../components/problem.js';

/** @typedef {import('../types.js').SeriesAnswer} SeriesAnswer */

const spans = /** @type {const} */ ([['100', 'last 100'], ['2000', 'last 2000'], ['20000', 'last 20 000']]);

/** The plotting library comes only where there is something to plot. @returns {any} */
function useChart() {
  const [Chart, setChart] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let current = true;
    import('./chart.js').then((module) => current && setChart(() => module.Chart));
    return () => void (current = false);
  }, []);
  return Chart;
}

/** Outputs as they moved over the runs. @param {{name: string}} props */
export function Charts({ name }) {
  const runs = place.value.query.get('last') ?? '2000';
  const answer = useResource(url(`/api/v1/pipelines/${encodeURIComponent(name)}/series`, { runs, points: 400 }), (entry) => entry.pipeline === name && entry.state === 'succeeded');
  const Chart = useChart();
  /** @type {SeriesAnswer | null} */
  const data = answer.data;
  if (!data) return answer.error ? html`<${Problem} error=${answer.error} />` : null;
  const shown = data.series.filter((series) => series.value.some((one) => one !== null && one !== 0) || series.alert);
  if (!shown.length || data.runs < 2) return null;
  const tabs = html`<div class="tabs" role="group" aria-label="How many runs">${spans.map(([value, word]) => html`<button aria-pressed=${runs === value} onClick=${() => setQuery({ last: value === '2000' ? null : value }, { replace: true })}>${word}</button>`)}</div>`;
  return html`<${Section} title=${html`Over ${count(data.runs)} runs`} aside=${tabs} class="charts-panel">
    <div class="charts">${Chart ? shown.map((series) => html`<${Chart} key=${series.name} series=${series} marks=${data.marks} group=${name} />`) : html`<div class="skeleton"></div>`}</div>
    ${data.marks.length > 0 && html`<p class="muted">Dashed lines: where another revision (R) or another image (I) began.${data.bucketed ? ' Of many runs, the lowest and the highest of each stretch are shown.' : ''} A click on a point opens its run.</p>`}
  <//>`;
}
