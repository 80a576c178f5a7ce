// What a run produced, shown in place. A report's code runs in a frame of no origin: it has neither the session nor the API.
import { html, useEffect, useRef, useState } from '../html.js';
import { parseCsv, isNumeric } from '../csv.js';
import { safeHref } from '../router.js';
import { bytes, count } from '../time.js';
import { Markdown } from './markdown.js';
import { Problem } from './problem.js';

/** @typedef {{name: string, media_type: string, size: number, url: string}} Shown */

const mostText = 512 * 1024;
const mostRows = 200;

/** @param {Shown} artifact */
export function kindOf(artifact) {
  const type = artifact.media_type;
  if (type === 'text/html') return 'report';
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(type)) return 'image';
  if (type === 'image/svg+xml') return 'drawing';
  if (type === 'text/csv' || type === 'text/tab-separated-values') return 'table';
  if (type === 'text/markdown') return 'markdown';
  if (/^text\/|^application\/json$/.test(type)) return 'text';
  return 'file';
}

/** @param {string} address @returns {{text: string | null, cut: boolean, error: unknown}} */
function useText(address) {
  const [state, setState] = useState(/** @type {{text: string | null, cut: boolean, error: unknown}} */ ({ text: null, cut: false, error: null }));
  useEffect(() => {
    const abort = new AbortController();
    void (async () => {
      try {
        const response = await fetch(address, { headers: { Range: `bytes=0-${mostText - 1}` }, signal: abort.signal, credentials: 'omit' });
        if (response.status === 416) return setState({ text: '', cut: false, error: null });
        if (!response.ok) throw new Error(`The file is not there any more (${response.status}). Retention may have taken it away.`);
        const size = Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? 0);
        const text = await response.text();
        setState({ text: text.slice(0, mostText), cut: size > mostText || text.length > mostText, error: null });
      } catch (error) {
        if (!abort.signal.aborted) setState({ text: null, cut: false, error });
      }
    })();
    return () => abort.abort();
  }, [address]);
  return state;
}

/** @param {{text: string, cut: boolean, name: string}} props */
function Table({ text, cut, name }) {
  const { rows, more } = parseCsv(text, mostRows + 1, cut);
  const [head, ...body] = rows;
  if (!head) return html`<p class="muted">The table is empty.</p>`;
  const right = head.map((_, i) => isNumeric(body, i));
  return html`<div class="scrolls data-table" tabindex="0" role="region" aria-label=${name}><table>
    <thead><tr>${head.map((cell, i) => html`<th class=${right[i] ? 'right' : ''}>${cell}</th>`)}</tr></thead>
    <tbody>${body.map((row) => html`<tr>${head.map((_, i) => html`<td class=${right[i] ? 'right number' : ''}>${row[i] ?? ''}</td>`)}</tr>`)}</tbody>
  </table></div>${more && html`<p class="muted">The first ${count(body.length)} rows. The whole file is behind its name.</p>`}`;
}

/** @param {{artifact: Shown, kind: string}} props */
function Text({ artifact, kind }) {
  const { text, cut, error } = useText(artifact.url);
  if (error) return html`<${Problem} error=${error} />`;
  if (text === null) return html`<div class="skeleton" aria-busy="true"></div>`;
  if (kind === 'markdown') return html`<${Markdown} text=${text} />`;
  if (kind === 'table') return html`<${Table} text=${text} cut=${cut} name=${artifact.name} />`;
  return html`<pre class="file-text" tabindex="0" role="region" aria-label=${artifact.name}><code>${text}</code></pre>${cut && html`<p class="muted">Its first ${bytes(mostText)}.</p>`}`;
}

/** @param {{artifact: Shown, tall?: boolean}} props */
export function ArtifactBody({ artifact: given, tall = false }) {
  // A new signature for the same bytes must not load a report again.
  const kept = useRef(given);
  if (kept.current.name !== given.name || placeOf(kept.current.url) !== placeOf(given.url)) kept.current = given;
  const artifact = kept.current;
  const kind = kindOf(artifact);
  const address = safeHref(artifact.url);
  if (!address) return null;
  if (kind === 'report' || kind === 'drawing')
    return html`<iframe class=${`report ${tall ? 'tall' : ''}`} src=${address} title=${artifact.name} sandbox="allow-scripts allow-downloads allow-popups" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
  if (kind === 'image') return html`<a href=${address} target="_blank" rel="noopener"><img class="plot" src=${address} alt=${artifact.name} loading="lazy" /></a>`;
  if (kind === 'file') return null;
  return html`<${Text} artifact=${artifact} kind=${kind} />`;
}

/** The address without its signature: run, attempt and name. @param {string} address */
const placeOf = (address) => address.replace(/^(\/a\/[^/]+\/)[^/]+\//, '$1');
