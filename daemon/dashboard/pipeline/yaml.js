import { html } from '../html.js';
import { Section } from '../components/empty.js';
import { CopyButton } from '../components/copy.js';

/** Which lines the diagnostics name: FILE:LINE:COLUMN at their beginning. @param {string | null | undefined} text @returns {Map<number, string>} */
export function diagnosedLines(text) {
  const lines = new Map();
  for (const found of (text ?? '').matchAll(/:(\d+):\d+:?\s*(.*)/g)) lines.set(Number(found[1]), found[2]);
  return lines;
}

/** @param {{pipeline: import('../types.js').PipelineDetail}} props */
export function YamlPanel({ pipeline }) {
  if (!pipeline.yaml) return null;
  // What is diagnosed is the newer file; the lines are marked only where that is what is shown.
  const marked = pipeline.state === 'invalid' ? diagnosedLines(pipeline.diagnostics) : new Map();
  return html`<${Section} title="YAML" aside=${html`<${CopyButton} text=${pipeline.yaml} />`}>
    <pre class="code" tabindex="0" role="region" aria-label="YAML">${pipeline.yaml.replace(/\n$/, '').split('\n').map((line, i) => html`<div class=${marked.has(i + 1) ? 'diagnosed' : ''}><span class="code-number">${i + 1}</span><code>${line}</code></div>`)}</pre>
  <//>`;
}
