import { html } from '../html.js';
import { bytes } from '../time.js';
import { Time } from '../components/time.js';
import { safeHref } from '../router.js';
import { Section } from '../components/empty.js';
import { ArtifactBody, kindOf } from '../components/artifact.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */
/** @typedef {import('../types.js').Artifact} Artifact */

const order = ['markdown', 'report', 'image', 'drawing', 'table', 'text', 'file'];

/** The summary first, then reports, plots, tables, and the rest. @param {Artifact[]} artifacts */
export const sorted = (artifacts) =>
  [...artifacts].sort((a, b) => Number(b.name === 'summary.md') - Number(a.name === 'summary.md') || order.indexOf(kindOf(a)) - order.indexOf(kindOf(b)) || a.name.localeCompare(b.name));

/** The name as the daemon has encoded it: what is shown may not be all of its bytes. @param {string} url  /a/RUN.ATTEMPT/RIGHT/NAME */
const encodedName = (url) => url.split('/').slice(4).join('/');

/** @param {{run: RunDetail, artifact: Artifact}} props */
function One({ run, artifact }) {
  const download = `/api/v1/runs/${run.run_id}/artifacts/${encodedName(artifact.url)}?attempt=${artifact.attempt}`;
  return html`<figure class="artifact">
    <figcaption><a class="key" href=${safeHref(artifact.url)} target="_blank" rel="noopener noreferrer">${artifact.name}</a><span class="muted">${bytes(artifact.size)}</span><a class="muted" href=${download} download>Download</a></figcaption>
    <${ArtifactBody} artifact=${artifact} />
  </figure>`;
}

const mostShown = 24;

/** @param {{run: RunDetail}} props */
export function Artifacts({ run }) {
  const newest = Math.max(0, ...(run.artifacts ?? []).map((artifact) => artifact.attempt));
  const list = sorted((run.artifacts ?? []).filter((artifact) => artifact.attempt === newest));
  if (!list.length) return null;
  if (run.artifacts_removed_at) {
    return html`<${Section} title="Artifacts" aside=${html`<span class="number">${list.length}</span>`}>
      <p class="muted">Retention removed them <${Time} at=${run.artifacts_removed_at} />; runs that are pinned keep theirs.</p>
      <ul class="stack">${list.slice(0, mostShown).map((artifact) => html`<li class="muted"><span class="key">${artifact.name}</span> ${bytes(artifact.size)}</li>`)}</ul>
    <//>`;
  }
  const rest = list.slice(mostShown);
  return html`<${Section} title="Artifacts" aside=${html`<span class="number">${list.length}</span>`}>
    ${list.slice(0, mostShown).map((artifact) => html`<${One} key=${`${artifact.attempt}/${artifact.name}`} run=${run} artifact=${artifact} />`)}
    ${rest.length > 0 && html`<ul class="stack">${rest.map((artifact) => html`<li><a class="key" href=${safeHref(artifact.url)} target="_blank" rel="noopener noreferrer">${artifact.name}</a> <span class="muted">${bytes(artifact.size)}</span></li>`)}</ul>`}
  <//>`;
}
