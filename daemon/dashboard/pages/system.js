import { html, useState } from '../html.js';
import { post } from '../api.js';
import { useResource } from '../resource.js';
import { isAdmin, mayOperate, me } from '../me.js';
import { bytes, count, duration } from '../time.js';
import { Facts, Section } from '../components/empty.js';
import { Loaded, Problem } from '../components/problem.js';
import { State } from '../components/state.js';
import { Time } from '../components/time.js';
import { Tokens } from '../system/tokens.js';

/** @type {Record<string, string>} */
const sourceTones = { watching: 'succeeded', scanning: 'running', starting: 'starting', degraded: 'warning', offline: 'error' };

/** @param {{source: any}} props */
const Source = ({ source }) => html`<tr data-row>
  <td data-label="Source" class="wide"><span class="key">${source.root}</span>${source.reason && html`<small class="why">${source.reason}</small>`}${source.hints?.warning && html`<small class="why">${source.hints.warning}</small>`}</td>
  <td data-label="State"><${State} state=${sourceTones[source.state] ?? source.state} word=${source.state} /></td>
  <td data-label="Items" class="right number">${count(source.items)}</td>
  <td data-label="Settling" class="right number">${count(source.settling)}</td>
  <td data-label="Unreadable" class=${`right number ${source.unreadable ? 'bad' : ''}`}>${count(source.unreadable)}</td>
  <td data-label="Last look"><${Time} at=${source.last_scan_at} />${source.lag_ms ? html`<small class="why">${duration(source.lag_ms / 1000)} behind</small>` : ''}</td>
</tr>`;

/** @param {{status: any}} props */
const Engine = ({ status }) => html`<${Section} title="Engine" aside=${status.engine.answers ? html`<${State} state="ok" word="answers" />` : html`<${State} state="error" word="does not answer" />`}>
  ${status.obstacle && html`<p class="why-box ended">${status.obstacle.detail} ${status.obstacle.explanation}</p>`}
  <${Facts} of=${[['Docker Engine', status.engine.engine_version], ['API', status.engine.api_version], ['Platform', status.engine.os_arch]]} />
<//>`;

/** @param {{status: any}} props */
const Held = ({ status }) => status.held?.length > 0 && html`<${Section} title="Why runs wait"><ul class="stack">${status.held.map((/** @type {any} */ one) => html`<li><b class="number">${count(one.runs)}</b> ${one.explanation} <span class="muted pre">${one.detail}</span></li>`)}</ul><//>`;

/** @param {{status: any, reload: () => void}} props */
function PauseAll({ status, reload }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (!mayOperate.value || me.value?.pipelines) return null;
  const toggle = () => post(`/api/v1/${status.paused ? 'resume' : 'pause'}`).then(() => (setError(null), reload()), setError);
  return html`<div class="buttons"><button onClick=${toggle}>${status.paused ? 'Resume all pipelines' : 'Pause all pipelines'}</button>${error && html`<${Problem} error=${error} />`}</div>`;
}

export function Page() {
  const status = useResource('/api/v1/status', () => true);
  return html`<header class="page-head"><h1>System</h1>${status.data && html`<${PauseAll} status=${status.data} reload=${status.reload} />`}</header>
    <${Loaded} of=${status}>${(/** @type {any} */ data) => html`
      ${data.paused && html`<div class="why-box"><p><b>All pipelines are paused</b> by ${data.paused.by} <${Time} at=${data.paused.at} />. Changes are noticed and queued meanwhile.</p></div>`}
      <div class="thirds">
        <${Engine} status=${data} />
        <${Section} title="Daemon" aside=${data.ready ? html`<${State} state="ok" word=${data.idle ? 'ready, idle' : 'ready'} />` : html`<${State} state="starting" />`}><${Facts} of=${[['Version', data.version], ['Instance', data.instance], ['State folder', html`<span class="key">${data.state_dir}</span>`], ['Pipelines', html`<span class="key">${data.pipelines_dir}</span>`], ['Free on disk', bytes(data.free_bytes)], ['You', me.value && `${me.value.name}, may ${{ read: 'read', operate: 'read and operate', admin: 'everything' }[me.value.access]}`]]} /><//>
        <${Section} title="Load"><${Facts} of=${[['Active runs', `${count(data.active)} of ${count(data.limits.runs)}`], ['Waiting runs', count(data.waiting)], ['Starts at once', count(data.limits.starts)], ['Longest step', data.loop && `${(data.loop.longest_handler_us / 1000).toFixed(1)} ms`], ['Steps', data.loop && count(data.loop.handlers)], ['Slept', data.loop && count(data.loop.slept_handlers)]]} /><//>
      </div>
      <${Held} status=${data} />
      <h2 class="list-head">Sources</h2>
      ${data.sources.length ? html`<table class="cards"><thead><tr><th class="wide">Source</th><th>State</th><th class="right">Items</th><th class="right">Settling</th><th class="right">Unreadable</th><th>Last look</th></tr></thead><tbody>${data.sources.map((/** @type {any} */ one) => html`<${Source} key=${one.root} source=${one} />`)}</tbody></table>` : html`<p class="muted">No pipeline watches anything yet.</p>`}`}<//>
    ${isAdmin.value && html`<${Tokens} />`}`;
}
