import { html } from '../html.js';
import { pipelinePath, runPath } from '../router.js';
import { bytes } from '../time.js';
import { State } from './state.js';
import { Time } from './time.js';

/** Files and objects with what was decided about them.
 * @param {{items: import('../types.js').Item[], onWhy?: (item: import('../types.js').Item) => void}} props */
export const ItemsTable = ({ items, onWhy }) => html`<table class="cards">
  <thead><tr><th class="wide">File or object</th><th>State</th><th>Pipeline</th><th>Why</th><th>Seen</th><th class="right">Size</th>${onWhy && html`<th><span class="hidden">Ask</span></th>`}</tr></thead>
  <tbody>${items.map((item) => html`<tr data-row key=${`${item.uri} ${item.pipeline}`}>
    <td data-label="File" class="wide"><span class="key" title=${item.uri}>${item.key}</span><small class="why key">${item.source.replace(/^file:\/\//, '')}</small></td>
    <td data-label="State"><${State} state=${item.state} /></td>
    <td data-label="Pipeline">${item.pipeline ? html`<a href=${pipelinePath(item.pipeline)}>${item.pipeline}</a>` : html`<span class="muted">none</span>`}</td>
    <td data-label="Why">${item.run_no !== null ? html`<a class="row-link number" href=${runPath(item.run_no)}>run ${item.run_no}</a> ` : ''}<span class="muted">${item.reason && item.reason !== 'none' ? item.explanation : item.pipeline ? '' : 'no pipeline wants it'}</span></td>
    <td data-label="Seen"><${Time} at=${item.seen_at} /></td>
    <td data-label="Size" class="right number">${bytes(item.size)}</td>
    ${onWhy && html`<td class="right"><button class="small" onClick=${() => onWhy(item)}>Why?</button></td>`}
  </tr>`)}</tbody>
</table>`;
