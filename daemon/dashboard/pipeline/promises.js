import { html } from '../html.js';
import { State } from '../components/state.js';
import { Moment } from '../components/time.js';

/** @typedef {import('../types.js').PipelineDetail} Detail */

/** When data has to come, in words, and whether it did. @param {Detail} pipeline */
export function expectation(pipeline) {
  const rule = pipeline.expect?.rule ?? pipeline.spec?.expect;
  if (!rule) return null;
  const { state, expected_at: due, since_at: since } = pipeline.expect ?? { state: null, expected_at: null, since_at: null };
  return html`<div data-expect=${state ?? 'new'}>${rule}
    ${state === 'overdue' && html`<div><${State} state="overdue" word="broken" /> since <${Moment} at=${since} /></div>`}
    ${state === 'ok' && html`<div><${State} state="ok" word="kept" />${due && html`; the next is due <${Moment} at=${due} />`}</div>`}
  </div>`;
}

/** @type {Record<string, string>} */
const words = { failed: 'runs begin to fail', recovered: 'it is good again', overdue: 'data is overdue', alert: 'an output crosses its bound' };

/** Who is told of what. @param {Detail} pipeline */
export const told = (pipeline) =>
  pipeline.spec?.notify?.length
    ? html`<ul>${pipeline.spec.notify.map((one) => html`<li>webhook <span class="key">${one.webhook}</span>, when ${one.events.map((event) => words[event] ?? event).join(', or ')}</li>`)}</ul>`
    : null;
