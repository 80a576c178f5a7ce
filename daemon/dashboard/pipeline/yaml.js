import { html, useEffect } from '../html.js';
import { place } from '../router.js';
import { Section } from '../components/empty.js';
import { CopyButton } from '../components/copy.js';
import { Icon } from '../components/icons.js';
import { diagnosesOf, padding } from './diagnosis.js';

/** @typedef {import('./diagnosis.js').Diagnosis} Diagnosis */

/** @param {{of: Diagnosis, line: string}} props */
const Mark = ({ of, line }) => html`<div class="diagnosis"><span class="code-number"><${Icon} name="failed" /></span><code>${padding(line, of.column)}<b>^${'~'.repeat(of.length - 1)}</b></code><span class="diagnosis-text">${of.message}${of.hint && html` <span>(${of.hint})</span>`}</span></div>`;

/** @param {{text: string, label: string, found?: Diagnosis[]}} props */
function Code({ text, label, found = [] }) {
  const lines = text.replace(/\n$/, '').split('\n');
  // What is missing at the end is found behind it.
  const last = Math.max(0, ...found.map((one) => one.line));
  while (lines.length < last) lines.push('');
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label}>${lines.map((line, i) => {
    const here = found.filter((one) => one.line === i + 1);
    return html`<div class=${here.length ? 'diagnosed' : ''} id=${here.length ? `yaml-L${i + 1}` : undefined}><span class="code-number">${i + 1}</span><code>${line}</code></div>${here.map((one) => html`<${Mark} of=${one} line=${line} />`)}`;
  })}</pre>`;
}

/** What is wrong with the newest file; each error leads to its line. @param {{pipeline: import('../types.js').PipelineDetail}} props */
export function Errors({ pipeline }) {
  if (!pipeline.diagnostics) return null;
  const found = diagnosesOf(pipeline.diagnostics);
  const told = found.length > 0 && (pipeline.file_yaml || found.every((one) => one.line === 0));
  return html`<div class="why-box ended"><p><b>${pipeline.state === 'invalid' ? 'This file is no pipeline, so nothing runs from it.' : 'The newest file has errors; the revision before it stays live.'}</b></p>
    ${told
      ? html`<ul class="tight">${found.map((one) => html`<li>${one.line > 0 ? html`<a href=${`#yaml-L${one.line}`}>Line ${one.line}</a>: ` : ''}${one.message}${one.hint && html` <span class="hint">(${one.hint})</span>`}</li>`)}</ul>`
      : html`<pre class="pre" tabindex="0" role="region" aria-label="Diagnostics"><code>${pipeline.diagnostics}</code></pre>`}
  </div>`;
}

/** @param {{pipeline: import('../types.js').PipelineDetail}} props */
export function YamlPanel({ pipeline }) {
  // The overview's "needs a look" leads here.
  useEffect(() => {
    if (/^#yaml/.test(place.value.hash)) document.querySelector(place.value.hash === '#yaml' ? '#yaml' : '.diagnosed')?.scrollIntoView({ block: 'start' });
  }, []);
  const { file_yaml: faulty, yaml } = pipeline;
  return html`
    ${faulty && html`<${Section} id="yaml" title=${html`<span class="key">${(pipeline.file ?? '').replace(/.*\//, '')}</span>, not in use`} aside=${html`<${CopyButton} text=${faulty} />`}><${Code} text=${faulty} label="File with errors" found=${diagnosesOf(pipeline.diagnostics)} /><//>`}
    ${yaml && html`<${Section} id=${faulty ? undefined : 'yaml'} title=${faulty ? `YAML of revision ${pipeline.revision}, which is live` : 'YAML'} aside=${html`<${CopyButton} text=${yaml} />`}><${Code} text=${yaml} label="YAML" /><//>`}`;
}
