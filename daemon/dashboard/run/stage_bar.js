import { html } from '../html.js';
import { absolute, bytes, duration, now } from '../time.js';
import { isEnd, wordOf } from '../components/state.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */
/** @typedef {{name: string, began: string | null, ended: string | null, seconds: number | null, at: 'done' | 'now' | 'ahead' | 'left out', note: string}} Step */

const order = ['queued', 'pulling', 'starting', 'running', 'collecting'];

/** The steps of a run's newest attempt, with what came before it. @param {RunDetail} run @param {number} at  ms @returns {Step[]} */
export function stepsOf(run, at) {
  /** @type {Step[]} */
  const steps = [];
  const over = isEnd(run.state);
  const point = (/** @type {string} */ name, /** @type {string | null | undefined} */ time) => {
    if (time) steps.push({ name, began: time, ended: time, seconds: null, at: 'done', note: '' });
  };
  point('detected', run.detected_at);
  point('settled', run.settled_at);
  for (const name of order) {
    const found = (run.stages ?? []).filter((stage) => stage.stage === name || (name === 'queued' && ['held', 'retry_wait'].includes(stage.stage)));
    const open = found.find((stage) => !stage.ended_at);
    const seconds = found.reduce((sum, stage) => sum + (stage.duration_s ?? Math.max(0, (at - Date.parse(stage.began_at)) / 1000)), 0);
    const note = found.some((stage) => stage.stage === 'held') ? 'held for a time' : found.length > 1 && name !== 'queued' ? `${found.length} attempts` : '';
    steps.push({
      name: open && !over && open.stage !== name ? open.stage : name,
      began: found[0]?.began_at ?? null,
      ended: open ? null : (found.at(-1)?.ended_at ?? null),
      seconds: found.length ? seconds : null,
      at: open && !over ? 'now' : found.length ? 'done' : over ? 'left out' : 'ahead',
      note,
    });
  }
  steps.push({ name: over ? run.state : 'done', began: run.finished_at, ended: run.finished_at, seconds: null, at: over ? 'done' : 'ahead', note: '' });
  return steps;
}

/** @param {{layers: import('../types.js').Layer[]}} props */
const Layers = ({ layers }) => html`<ul class="layers">${layers.slice(0, 40).map((layer) => html`<li key=${layer.id}>
  <code>${layer.id.slice(0, 12)}</code><progress max=${layer.total || 1} value=${layer.total ? layer.current : layer.status.match(/complete|exists/i) ? 1 : 0} aria-label=${`Layer ${layer.id}`}></progress><span class="muted">${layer.status}${layer.total ? ` ${bytes(layer.current)} of ${bytes(layer.total)}` : ''}</span>
</li>`)}</ul>`;

/** @param {{run: RunDetail, progress: {text: string | null, layers: import('../types.js').Layer[]} | null}} props */
export function StageBar({ run, progress }) {
  const steps = stepsOf(run, Math.max(now.value, Date.now()));
  return html`<section class="stages" aria-label="Stages">
    <ol>${steps.map((step) => html`<li class=${`stage ${step.at.replace(' ', '-')} end-${step.name}`} title=${step.began ? absolute(step.began) : ''} data-began=${step.began ?? undefined} aria-current=${step.at === 'now' ? 'step' : undefined}>
      <span class="stage-mark" aria-hidden="true"></span><span class="stage-name">${wordOf(step.name)}</span>
      <span class="stage-time">${step.seconds !== null ? duration(step.seconds) : step.at === 'left out' ? 'left out' : step.began && step.name !== 'queued' ? step.began.slice(11, 19) : ''}${step.note && html`<small>${step.note}</small>`}</span>
    </li>`)}</ol>
    ${progress?.text && html`<p class="progress-text">${progress.text}</p>`}
    ${progress && progress.layers.length > 0 && html`<${Layers} layers=${progress.layers} />`}
  </section>`;
}
