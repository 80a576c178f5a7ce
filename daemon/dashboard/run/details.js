import { html } from '../html.js';
import { pipelinePath, runPath } from '../router.js';
import { bytes, value } from '../time.js';
import { Section } from '../components/empty.js';
import { State, wordOf } from '../components/state.js';
import { Duration, Time } from '../components/time.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */
/** @typedef {{run: RunDetail}} Props */

/** @param {Props} props */
export const Inputs = ({ run }) => run.inputs?.length > 0 && html`<${Section} title=${run.inputs.length > 1 ? 'Inputs' : 'Input'}>
  <ul class="stack">${run.inputs.map((input) => html`<li>
    <p class="key" title=${input.uri}>${input.key}</p>
    <p class="muted">${bytes(input.size)}${input.sha256 && html`, SHA-256 <code class="key" title=${input.sha256}>${input.sha256}</code>`}</p>
    <p><a href=${`/files?why=${encodeURIComponent(input.uri)}`}>Why was it run?</a></p>
  </li>`)}</ul>
<//>`;

/** @param {Props} props */
export const Params = ({ run }) => run.params?.length > 0 && html`<${Section} title="Parameters">
  <dl class="facts">${run.params.map((param) => html`<div><dt>${param.name}</dt><dd><span class="number">${value(param.value)}</span> <small class="muted">${param.origin === 'user' ? 'given' : 'default'}</small></dd></div>`)}</dl>
<//>`;

/** @param {{no: number | null | undefined}} props */
const Link = ({ no }) => (no ? html`<a class="number" href=${runPath(no)}>${no}</a>` : null);

/** One hop: what this run came from, what came of it, and what else ran on the same input. @param {Props} props */
export function Lineage({ run }) {
  const line = run.lineage ?? { retry_of: run.retry_of, retried_by: [], replaced_by: run.replaced_by, replaces: null, same_input: [] };
  // A run that was done again is told of once.
  const again = [line.retry_of, ...line.retried_by];
  const [replaced, replaces] = [line.replaced_by, line.replaces].map((no) => (again.includes(no) ? null : no));
  const others = line.same_input.filter((other) => !again.includes(other.run_no));
  if (!line.retry_of && !line.retried_by.length && !replaced && !replaces && !others.length) return null;
  return html`<${Section} title="Lineage">
    <ul class="stack">
      ${line.retry_of && html`<li>Again of <${Link} no=${line.retry_of} /></li>`}
      ${line.retried_by.length > 0 && html`<li>Run again as ${line.retried_by.map((no) => html`<${Link} no=${no} /> `)}</li>`}
      ${replaces && html`<li>In the place of <${Link} no=${replaces} />, whose input was older</li>`}
      ${replaced && html`<li>Replaced by <${Link} no=${replaced} />, whose input is newer</li>`}
      ${others.map((other) => html`<li><${State} state=${other.state} /> <${Link} no=${other.run_no} /> of <a href=${pipelinePath(other.pipeline)}>${other.pipeline}</a>, same input</li>`)}
    </ul>
  <//>`;
}

/** @param {Props} props */
export const Attempts = ({ run }) => run.attempt_list?.length > 0 && (run.attempt_list.length > 1 || run.state !== 'succeeded' || run.attempt_list[0].log_suspect) && html`<${Section} title="Attempts">
  <ol class="stack">${run.attempt_list.map((attempt) => html`<li>
    <p><b class="number">${attempt.attempt}</b> ${attempt.outcome ? html`<${State} state=${attempt.outcome} />` : html`<span class="muted">${wordOf(attempt.step)}</span>`} <${Time} at=${attempt.started_at ?? attempt.created_at} />
      ${attempt.started_at && attempt.exited_at && html` for <${Duration} seconds=${(Date.parse(attempt.exited_at) - Date.parse(attempt.started_at)) / 1000} />`}</p>
    <p class="muted">${[attempt.exit_code !== null && `exit ${attempt.exit_code}`, attempt.signal && `signal ${attempt.signal}`, attempt.oom_killed && 'out of memory', attempt.max_rss_bytes && bytes(attempt.max_rss_bytes), attempt.log_suspect && 'the engine was away when it ended, so its log may lack the last lines'].filter(Boolean).join(', ')}</p>
    ${attempt.detail && html`<p class="muted pre">${attempt.detail}</p>`}
  </li>`)}</ol>
<//>`;
