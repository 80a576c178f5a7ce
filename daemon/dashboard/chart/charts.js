import { html, useEffect, useState } from '../html.js';
import { useResource } from '../resource.js';
import { url } from '../api.js';
import { place, runPath, setQuery } from '../router.js';
import { count } from '../time.js';
import { Section } from '../components/empty.js';
import { Problem } from '../components/problem.js';
import { Time } from '../components/time.js';

/** @typedef {import('../types.js').SeriesAnswer} SeriesAnswer */

const spans = /** @type {const} */ ([['100', 'last 100'], ['2000', 'last 2000'], ['20000', 'last 20\u202f000']]);

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
    ${data.marks.length > 0 && html`<p class="muted">Dashed lines: where another revision (R) or another image (I) began.${data.bucketed ? ' Of many runs, the lowest and the highest of each stretch are shown.' : ''} A click on a point opens its run.</p>
      <ul class="marks">${data.marks.slice(-6).reverse().map((mark) => html`<li>${mark.revision !== null && html`<b>R${mark.revision}</b> revision ${mark.revision}${mark.image_id ? ' with ' : ''}`}${mark.image_id && html`${mark.revision === null ? html`<b>I</b> ` : ''}image <span class="key" title=${mark.image_id}>${mark.image_id.replace(/^sha256:/, '').slice(0, 12)}</span>`} from <a class="number" href=${runPath(mark.run_no)}>run ${mark.run_no}</a> on, <${Time} at=${mark.at} /></li>`)}</ul>`}
  <//>`;
}
