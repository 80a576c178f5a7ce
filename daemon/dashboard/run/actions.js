import { html, useState } from '../html.js';
import { post } from '../api.js';
import { go, runPath } from '../router.js';
import { mayOperate } from '../me.js';
import { isEnd } from '../components/state.js';
import { Confirm } from '../components/dialog.js';
import { Problem } from '../components/problem.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */

/** @type {Record<string, [string, string]>} */
const texts = {
  rerun: ['Run again?', 'A new run: the same input and parameters, with the newest revision of the pipeline.'],
  retry: ['Try again?', 'A new run: the same input, parameters and revision.'],
  cancel: ['Cancel this run?', 'What has started is stopped (SIGTERM, then SIGKILL after its grace period); what waits will not start.'],
};

/** @param {{run: RunDetail, changed: () => void}} props  changed: what is shown is out of date */
export function Actions({ run, changed }) {
  const [asked, setAsked] = useState('');
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (!mayOperate.value) return null;
  const act = async (/** @type {string} */ action) => {
    try {
      setError(null);
      const answer = await post(`/api/v1/runs/${run.run_id}/${action}`);
      if (action !== 'cancel' && answer?.run_no) go(runPath(answer.run_no));
      if (action === 'pin' || action === 'unpin') changed();
    } catch (reason) {
      setError(reason);
    }
  };
  return html`<div class="buttons">
    ${isEnd(run.state)
      ? html`<button onClick=${() => setAsked('rerun')}>Rerun</button><button onClick=${() => setAsked('retry')}>Retry</button>
        ${run.attempts > 0 && html`<button aria-pressed=${Boolean(run.pinned_at)} title="Keep its log and artifacts whatever their age" onClick=${() => act(run.pinned_at ? 'unpin' : 'pin')}>${run.pinned_at ? 'Unpin' : 'Pin'}</button>`}`
      : html`<button class="danger" disabled=${run.cancel_requested} onClick=${() => setAsked('cancel')}>${run.cancel_requested ? 'Is being cancelled' : 'Cancel'}</button>`}
    ${error && html`<${Problem} error=${error} />`}
    ${asked && html`<${Confirm} title=${texts[asked][0]} text=${texts[asked][1]} action=${asked[0].toUpperCase() + asked.slice(1)} danger=${asked === 'cancel'}
      onDone=${(/** @type {boolean} */ yes) => (setAsked(''), yes && act(asked))} />`}
  </div>`;
}
