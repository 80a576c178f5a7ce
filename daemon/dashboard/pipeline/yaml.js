import { html } from '../html.js';
import { Section } from '../components/empty.js';
import { CopyButton } from '../components/copy.js';
import { Icon } from '../components/icons.js';

/** What the diagnostics say of which line: "FILE:LINE:COLUMN: error: WHAT", and behind a "^" what to do.
 * @param {string | null | undefined} text @returns {Map<number, {what: string, hint: string}[]>} */
export function diagnosedLines(text) {
  /** @type {Map<number, {what: string, hint: string}[]>} */
  const lines = new Map();
  let last = null;
  for (const line of (text ?? '').split('\n')) {
    const place = /^[^\s|][^|]*?:(\d+):\d+:\s*(.*)$/.exec(line);
    if (place) {
      last = { what: place[2], hint: '' };
      const number = Number(place[1]);
      lines.set(number, [...(lines.get(number) ?? []), last]);
    } else if (last) {
      last.hint ||= /^\s*\|\s*\^~*\s*(.*)$/.exec(line)?.[1] ?? '';
    }
  }
  return lines;
}

/** @param {{pipeline: import('../types.js').PipelineDetail}} props */
export function YamlPanel({ pipeline }) {
  // What is diagnosed is the newer file, which is not what runs.
  const text = pipeline.file_text ?? pipeline.yaml;
  if (!text) return null;
  const marked = pipeline.file_text ? diagnosedLines(pipeline.diagnostics) : new Map();
  return html`<${Section} title=${pipeline.file_text ? 'The file with errors' : 'YAML'} aside=${html`<${CopyButton} text=${text} />`}>
    <pre class="code" tabindex="0" role="region" aria-label="YAML">${text.replace(/\n$/, '').split('\n').map((line, i) => html`<div class=${marked.has(i + 1) ? 'diagnosed' : ''}><span class="code-number">${i + 1}</span><code>${line}</code></div>${(marked.get(i + 1) ?? []).map((/** @type {{what: string, hint: string}} */ found) => html`<div class="diagnosis" role="note"><${Icon} name="error" />${found.what}${found.hint && html`<span class="muted"> · ${found.hint}</span>`}</div>`)}`)}</pre>
  <//>`;
}
