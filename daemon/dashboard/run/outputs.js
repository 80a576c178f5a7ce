import { html } from '../html.js';
import { value } from '../time.js';
import { Icon } from '../components/icons.js';
import { Section } from '../components/empty.js';

/** @typedef {import('../types.js').Output} Output */

/** One output, large. @param {{output: Output}} props */
export function OutputTile({ output }) {
  const long = typeof output.value === 'object' || (typeof output.value === 'string' && output.value.length > 24);
  return html`<div class=${`output ${output.alert ? 'alert' : ''} ${long ? 'long' : ''}`}>
    <dt>${output.name.split('_').map((part, i) => (i ? html`_<wbr />${part}` : part))}</dt>
    <dd><span title=${typeof output.value === 'number' ? String(output.value) : undefined} class=${typeof output.value === 'number' ? 'number' : ''}>${value(output.value)}</span>${output.unit && html` <span class="unit">${output.unit}</span>`}
      ${output.alert && html`<span class="state bad"><${Icon} name=${output.alert} />${output.alert} its bound</span>`}</dd>
  </div>`;
}

/** @param {{run: import('../types.js').RunDetail}} props */
export function Outputs({ run }) {
  const outputs = run.outputs ?? [];
  if (!outputs.length && run.state !== 'succeeded') return null;
  return html`<${Section} title="Outputs">
    ${outputs.length === 0
      ? html`<p class="muted">This run wrote none. Declare them under <code>outputs:</code>, and write <code>name=value</code> lines to the file that <code>$TIDEWHEEL_OUTPUTS</code> names, or <code>/out/outputs.json</code>.</p>`
      : html`<dl class="outputs">${outputs.map((output) => html`<${OutputTile} output=${output} />`)}</dl>`}
  <//>`;
}
