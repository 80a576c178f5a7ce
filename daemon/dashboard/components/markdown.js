import { html } from '../html.js';
import { parseMarkdown } from '../markdown.js';

/** @typedef {import('../markdown.js').Inline} Part */

/** @param {Part[]} parts @returns {any[]} */
const inline = (parts) => parts.map((part) => {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'code') return html`<code>${part.text}</code>`;
  if (part.kind === 'link') return html`<a href=${part.href} target="_blank" rel="noopener noreferrer">${inline(part.parts)}</a>`;
  return part.kind === 'strong' ? html`<strong>${inline(part.parts)}</strong>` : html`<em>${inline(part.parts)}</em>`;
});

/** @param {import('../markdown.js').Block} block */
function Block(block) {
  switch (block.kind) {
    case 'heading': return html`<p class=${`md-heading md-${block.level}`} role="heading" aria-level=${Math.min(6, block.level + 2)}>${inline(block.parts)}</p>`;
    case 'paragraph': return html`<p>${inline(block.parts)}</p>`;
    case 'quote': return html`<blockquote>${inline(block.parts)}</blockquote>`;
    case 'code': return html`<pre tabindex="0" role="region" aria-label="Code"><code>${block.text}</code></pre>`;
    case 'rule': return html`<hr />`;
    case 'list': return block.ordered ? html`<ol>${block.items.map((item) => html`<li>${inline(item)}</li>`)}</ol>` : html`<ul>${block.items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
    case 'table': return html`<div class="scrolls" tabindex="0" role="region" aria-label="Table"><table><thead><tr>${block.head.map((cell) => html`<th>${inline(cell)}</th>`)}</tr></thead><tbody>${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody></table></div>`;
  }
}

/** @param {{text: string}} props */
export const Markdown = ({ text }) => html`<div class="markdown">${parseMarkdown(text).map(Block)}</div>`;
