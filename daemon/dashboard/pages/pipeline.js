import { html, useState } from '../html.js';
import { post, url } from '../api.js';
import { mayOperate } from '../me.js';
import { useResource } from '../resource.js';
import { runPath } from '../router.js';
import { absolute } from '../time.js';
import { Facts, Section } from '../components/empty.js';
import { Icon } from '../components/icons.js';
import { Loaded, Problem } from '../components/problem.js';
import { Prose } from '../components/prose.js';
import { State } from '../components/state.js';
import { Strip } from '../components/strip.js';
import { Time } from '../components/time.js';
import { Snippets } from '../components/copy.js';
import { ArtifactBody } from '../components/artifact.js';
import { RunsTable } from '../components/runs_table.js';
import { readers } from '../examples.js';
import { Charts } from '../chart/charts.js';
import { RunNow } from '../pipeline/run_now.js';
import { Revisions } from '../pipeline/revisions.js';
import { Errors, YamlPanel } from '../pipeline/yaml.js';
import { expectation, told } from '../pipeline/promises.js';
import { conditions } from './pipelines.js';

/** @typedef {import('../types.js').PipelineDetail} Detail */

/** @param {{pipeline: Detail, reload: () => void}} props */
function Actions({ pipeline, reload }) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (!mayOperate.value || pipeline.state === 'invalid') return null;
  const toggle = async () => {
    try {
      setError(null);
      await post(`/api/v1/pipelines/${encodeURIComponent(pipeline.name)}/${pipeline.paused ? 'resume' : 'pause'}`);
    } catch (reason) {
      setError(reason);
    }
    reload();
  };
  return html`<div class="buttons">
    <button class="primary" onClick=${() => setOpen(true)}>Run now</button>
    <button onClick=${toggle} disabled=${pipeline.paused?.all} title=${pipeline.paused?.all ? 'All pipelines are paused: System lets them go on' : undefined}>${pipeline.paused ? 'Resume' : 'Pause'}</button>
    ${error && html`<${Problem} error=${error} />`}
    ${open && html`<${RunNow} pipeline=${pipeline} onClose=${() => setOpen(false)} />`}
  </div>`;
}

/** @param {{pipeline: Detail}} props */
const Trouble = ({ pipeline }) => html`
  ${pipeline.hold && html`<div class="why-box ended"><p><b><${Prose} text=${pipeline.hold.explanation} /></b></p><p class="pre">${pipeline.hold.detail}</p>${pipeline.hold.until && html`<p>It is tried again <${Time} at=${pipeline.hold.until} />.</p>`}</div>`}
  ${pipeline.paused && html`<div class="why-box"><p>${pipeline.paused.all ? 'All pipelines are paused' : 'Paused'} by ${pipeline.paused.by} <${Time} at=${pipeline.paused.at} />. Changes are noticed and queued meanwhile.</p></div>`}
  ${pipeline.expect?.state === 'overdue' && html`<div class="why-box ended"><p><b>Data is overdue.</b> Expected is data ${pipeline.expect.rule}${pipeline.expect.expected_at && html`; it was due by ${absolute(pipeline.expect.expected_at)}`}.</p></div>`}
  <${Errors} pipeline=${pipeline} />`;

/** The newest good run's reports. @param {{name: string}} props */
function NewestReport({ name }) {
  const latest = useResource('/api/v1/latest', (entry) => entry.pipeline === name);
  const reports = latest.data?.artifacts.filter((/** @type {any} */ one) => one.pipeline === name && one.role === 'report') ?? [];
  const report = reports[0];
  if (!report) return null;
  return html`<${Section} title=${report.title || 'Newest report'} aside=${html`${report.stale ? html`<${State} state="stale" />` : html`<${State} state="fresh" />`}<a href=${runPath(report.run_no)}>run ${report.run_no}</a><${Time} at=${report.made_at} /><a href=${report.latest_url} target="_blank" rel="noopener">permanent link</a>`}>
    <${ArtifactBody} artifact=${report} />
  <//>`;
}

/** @param {{name: string}} props */
function NewestRuns({ name }) {
  const runs = useResource(url('/api/v1/runs', { pipeline: name, limit: 8 }), (entry) => entry.pipeline === name);
  const list = runs.data?.runs ?? [];
  return html`<${Section} title="Newest runs" aside=${html`<a href=${url('/runs', { q: `pipeline:${name}` })}>All of them</a>`}>
    ${list.length ? html`<${RunsTable} runs=${list} showPipeline=${false} />` : html`<p class="muted">None yet.</p>`}
  <//>`;
}

/** @param {{args: string[]}} props */
export function Page({ args: [name] }) {
  const pipeline = useResource(`/api/v1/pipelines/${encodeURIComponent(name)}`, (entry) => entry.pipeline === name, 60);
  const status = useResource('/api/v1/status');
  const database = `${status.data?.state_dir ?? '/var/lib/tidewheel'}/tidewheel.db`;
  return html`<${Loaded} of=${pipeline}>${(/** @type {Detail} */ data) => html`
    <header class="page-head run-head"><div>
      <p class="crumbs"><a href="/pipelines">Pipelines</a></p>
      <h1>${data.title || data.name} <span class="states">${conditions(data).map(([state, word]) => html`<${State} state=${state} word=${word} />`)}</span></h1>
      <p class="muted">${data.title && html`<span class="key">${data.name}</span> · `}${data.revision !== null && `revision ${data.revision}`}${data.owner && ` · ${data.owner}`} ${data.tags?.map((tag) => html`<span class="tag">${tag}</span>`)}</p>
      ${data.description && html`<p class="description">${data.description}</p>`}
    </div><div class="aside"><${Actions} pipeline=${data} reload=${pipeline.reload} /></div></header>
    <${Trouble} pipeline=${data} />
    ${data.state !== 'invalid' && html`<${Charts} name=${data.name} />`}
    <div class=${data.state === 'invalid' ? 'stackable' : 'columns'}>
      <div>${data.state !== 'invalid' && html`<${NewestReport} name=${data.name} /><${NewestRuns} name=${data.name} />`}<${YamlPanel} pipeline=${data} /></div>
      <div>
        <${Section} title="About">
          ${data.recent && html`<${Strip} recent=${data.recent} name=${data.name} />`}
          <${Facts} of=${[
            ['Image', data.image && html`<span class="key">${data.image}</span>`],
            ['Watches', data.watch?.map((root) => html`<div class="key">${root}</div>`)],
            ['File', data.file && html`<span class="key">${data.file}</span>`],
            ['Expects data', expectation(data)],
            ['Tells', told(data)],
            ['Alerts', data.alerts?.length ? data.alerts.map((alert) => html`<div><a class="state bad" href=${runPath(alert.run_no)}><${Icon} name=${alert.bound === 'below' ? 'below' : 'above'} />${alert.name} is ${alert.bound} its bound</a></div>`) : null],
          ]} />
        <//>
        ${data.state !== 'invalid' && html`<${Revisions} name=${data.name} current=${data.revision} />`}
        ${data.view && html`<${Section} title="Read its results"><${Snippets} of=${readers(data.view, database, data.name)} label="With" /><//>`}
      </div>
    </div>`}<//>`;
}
