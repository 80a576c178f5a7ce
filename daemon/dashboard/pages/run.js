import { html, useEffect, useState } from '../html.js';
import { followLog, on } from '../events.js';
import { useResource } from '../resource.js';
import { pipelinePath, runPath } from '../router.js';
import { bytes } from '../time.js';
import { Loaded } from '../components/problem.js';
import { Prose } from '../components/prose.js';
import { State, isEnd } from '../components/state.js';
import { Duration, Moment } from '../components/time.js';
import { Section, Facts } from '../components/empty.js';
import { StageBar } from '../run/stage_bar.js';
import { Actions } from '../run/actions.js';
import { Outputs } from '../run/outputs.js';
import { Attempts, Inputs, Lineage, Params } from '../run/details.js';
import { CopyAs } from '../run/copy_as.js';
import { Artifacts } from '../run/artifacts.js';
import { LogPanel } from '../log/log_panel.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */

/** Progress of a pull comes with the events; it is newer than what the last answer held.
 * @param {RunDetail | null} run */
function useProgress(run) {
  const [progress, setProgress] = useState(/** @type {any} */ (null));
  useEffect(() => on('progress', (data) => setProgress(data)), []);
  // It is told to who follows the log that comes after it.
  const pulls = run?.state === 'pulling';
  useEffect(() => (run && pulls ? followLog(run.run_id, run.attempts + 1, 0) : undefined), [run?.run_id, pulls]);
  if (!run || isEnd(run.state)) return null;
  const mine = progress?.run_no === run.run_no ? progress : null;
  return { text: mine?.text ?? run.progress, layers: mine?.layers ?? run.progress_detail?.layers ?? [] };
}

/** @param {{run: RunDetail, changed: () => void}} props */
const Head = ({ run, changed }) => html`<header class="page-head run-head">
  <div>
    <p class="crumbs"><a href="/runs">Runs</a> / <a href=${pipelinePath(run.pipeline)}>${run.pipeline}</a>${run.revision !== null && html` <span class="muted">revision ${run.revision}</span>`}</p>
    <h1>Run <span class="number">${run.run_no}</span> <${State} state=${run.state} /></h1>
    <p class="run-input key">${run.input?.key ?? html`<span class="muted">without input</span>`}</p>
  </div>
  <div class="aside">
    <nav class="siblings" aria-label="Runs of this pipeline">${run.previous ? html`<a href=${runPath(run.previous)} rel="prev">← ${run.previous}</a>` : null}${run.next_run ? html`<a href=${runPath(run.next_run)} rel="next">${run.next_run} →</a>` : null}</nav>
    <${Actions} run=${run} changed=${changed} />
  </div>
</header>`;

/** Why it is as it is, in sentences. @param {{run: RunDetail}} props */
function Why({ run }) {
  const bad = isEnd(run.state) && run.state !== 'succeeded';
  if (!bad && !run.waiting?.length && !run.input_drifted) return null;
  return html`<div class=${`why-box ${bad ? 'ended' : ''}`}>
    ${bad && html`<p><b><${Prose} text=${(run.explanation ?? run.reason).replace(/\bRUN\b/g, String(run.run_no))} /></b></p>`}
    ${bad && run.detail && html`<p class="pre muted">${run.detail}</p>`}
    ${run.waiting?.map((sentence) => html`<p><${Prose} text=${sentence} /></p>`)}
    ${run.input_drifted && html`<p>The input changed while the run read it. The new version has a run of its own.</p>`}
  </div>`;
}

/** @param {{args: string[]}} props */
export function Page({ args: [name] }) {
  const run = useResource(`/api/v1/runs/${encodeURIComponent(name)}`, (entry) => String(entry.run_no) === name || entry.run_id === name);
  const progress = useProgress(run.data);
  return html`<${Loaded} of=${run}>${(/** @type {RunDetail} */ data) => html`
    <${Head} run=${data} changed=${run.reload} />
    <${StageBar} run=${data} progress=${progress} />
    <${Why} run=${data} />
    <div class="columns">
      <div>
        <${Outputs} run=${data} />
        <${Artifacts} run=${data} />
        ${data.log_removed_at ? html`<${Section} title="Log"><p class="muted">Retention removed it.</p><//>` : html`<${LogPanel} key=${data.run_id} run=${data} />`}
      </div>
      <div>
        <${Section} title="About"><${Facts} of=${[
          ['Trigger', data.trigger],
          ['Queued', html`<${Moment} at=${data.queued_at} />`],
          ['Started', html`<${Moment} at=${data.started_at} none=${isEnd(data.state) ? 'never' : 'not yet'} />`],
          ['Ended', isEnd(data.state) ? html`<${Moment} at=${data.finished_at} />` : null],
          ['Took', html`<${Duration} seconds=${data.duration_s} />`],
          ['Peak memory', data.max_rss_bytes === null ? null : bytes(data.max_rss_bytes)],
          ['CPU', data.cpu_s === null ? null : html`<${Duration} seconds=${data.cpu_s} />`],
          ['Exit code', data.exit_code],
          ['Image', data.image && html`<span class="key" title=${data.image_digest ?? data.image_id}>${data.image}</span>`],
          ['Pinned', data.pinned_at && html`<${Moment} at=${data.pinned_at} /> <span class="muted">by ${data.pinned_by}</span>`],
          ['Log removed', data.log_removed_at && html`<${Moment} at=${data.log_removed_at} />`],
          ['Run id', html`<code class="key">${data.run_id}</code>`],
        ]} /><//>
        <${Inputs} run=${data} />
        <${Params} run=${data} />
        <${Lineage} run=${data} />
        <${Attempts} run=${data} />
        <${CopyAs} run=${data} />
      </div>
    </div>`}<//>`;
}
