import { html, useState } from '../html.js';
import { useResource } from '../resource.js';
import { url } from '../api.js';
import { count } from '../time.js';
import { Section } from '../components/empty.js';
import { Dialog } from '../components/dialog.js';
import { Loaded } from '../components/problem.js';
import { Time } from '../components/time.js';

/** @typedef {{revision: number, sha256: string, registered_at: string, runs: number}} Revision */
/** @typedef {{op: 'same' | 'added' | 'removed', text: string}} Line */

const around = 3;

/** Only what changed, with some lines around it; null stands for what is left out.
 * @param {Line[]} lines @returns {(Line | null)[]} */
export function shortened(lines) {
  const keep = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some((line) => line.op !== 'same'));
  /** @type {(Line | null)[]} */
  const short = [];
  lines.forEach((line, i) => {
    if (keep[i]) short.push(line);
    else if (short.at(-1) !== null) short.push(null);
  });
  return short;
}

/** @param {{name: string, from: number, to: number, onClose: () => void}} props */
function Diff({ name, from, to, onClose }) {
  const answer = useResource(`/api/v1/pipelines/${encodeURIComponent(name)}/revisions/${to}?diff=${from}`);
  const signs = { same: ' ', added: '+', removed: '-' };
  return html`<${Dialog} title=${`Revision ${from} → ${to}`} onClose=${onClose}>
    <${Loaded} of=${answer}>${(/** @type {{diff: Line[]}} */ data) => html`<pre class="code diff" tabindex="0" role="region" aria-label="Differences">${shortened(data.diff).map((line) => (line ? html`<div class=${line.op}><span class="code-number">${signs[line.op]}</span><code>${line.text}</code></div>` : html`<div class="gap">⋯</div>`))}</pre>`}<//>
  <//>`;
}

/** @param {{name: string, current: number | null}} props */
export function Revisions({ name, current }) {
  const answer = useResource(`/api/v1/pipelines/${encodeURIComponent(name)}/revisions?current=${current}`);
  const [shown, setShown] = useState(/** @type {[number, number] | null} */ (null));
  return html`<${Section} title="Revisions">
    <${Loaded} of=${answer}>${(/** @type {{revisions: Revision[]}} */ data) => html`<ul class="stack tight">${data.revisions.slice(0, 20).map((one, i) => html`<li class="between">
      <span><b class="number">${one.revision}</b>${one.revision === current ? html` <span class="tag">live</span>` : ''} <${Time} at=${one.registered_at} /></span>
      <span><a href=${url('/runs', { q: `pipeline:${name} revision:${one.revision}` })}>${count(one.runs)} ${one.runs === 1 ? 'run' : 'runs'}</a>${data.revisions[i + 1] && html` <button class="small" aria-label=${`What revision ${one.revision} changed`} onClick=${() => setShown([data.revisions[i + 1].revision, one.revision])}>Changes</button>`}</span>
    </li>`)}</ul>`}<//>
    ${shown && html`<${Diff} name=${name} from=${shown[0]} to=${shown[1]} onClose=${() => setShown(null)} />`}
  <//>`;
}
