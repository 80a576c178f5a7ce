import { html, useState } from '../html.js';
import { Icon } from './icons.js';

/** @param {string} text */
async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https there is no clipboard API.
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** @param {{text: string, label?: string}} props */
export function CopyButton({ text, label = 'Copy' }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await toClipboard(text);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return html`<button class="small quiet" onClick=${copy}><${Icon} name=${done ? 'succeeded' : 'copy'} /><span aria-live="polite">${done ? 'Copied' : label}</span></button>`;
}

/** Code that is there to be pasted. @param {{text: string, label?: string}} props */
export const Snippet = ({ text, label = 'Code' }) =>
  html`<div class="snippet"><pre tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre><${CopyButton} text=${text} /></div>`;

/** Some snippets behind tabs. @param {{of: [string, string][], label: string}} props */
export function Snippets({ of, label }) {
  const [shown, show] = useState(0);
  const current = of[Math.min(shown, of.length - 1)];
  if (!current) return null;
  return html`<div class="snippets">
    <div class="tabs" role="group" aria-label=${label}>
      ${of.map(([name], i) => html`<button aria-pressed=${i === shown} onClick=${() => show(i)}>${name}</button>`)}
    </div>
    <${Snippet} text=${current[1]} label=${current[0]} />
  </div>`;
}
