import { html, useEffect, useState } from '../html.js';
import { useResource } from '../resource.js';
import { place, pipelinePath, runPath, safeHref } from '../router.js';
import { connection } from '../events.js';
import { now } from '../time.js';
import { Empty } from '../components/empty.js';
import { ArtifactBody } from '../components/artifact.js';
import { Loaded } from '../components/problem.js';
import { Snippet } from '../components/copy.js';
import { State } from '../components/state.js';
import { Moment, Time } from '../components/time.js';
import { OutputTile } from '../run/outputs.js';

/** @typedef {import('../types.js').LatestArtifact} Artifact */
/** @typedef {import('../types.js').LatestOutputs} Outputs */
/** @typedef {{name: string, title: string, fresh: import('../types.js').Freshness, artifacts: Artifact[], outputs: Outputs | null}} Group */

/** One group a pipeline: its newest good result. @param {{artifacts: Artifact[], outputs: Outputs[]}} data @returns {Group[]} */
export function groupsOf(data) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const one of [...data.artifacts, ...data.outputs]) {
    const group = groups.get(one.pipeline) ?? { name: one.pipeline, title: one.pipeline, fresh: one, artifacts: [], outputs: null };
    if ('values' in one) {
      group.outputs = one;
      if (one.title) group.title = one.title;
    } else if (/^(text\/html|image\/|text\/markdown|text\/csv)/.test(one.media_type)) group.artifacts.push(one);
    groups.set(one.pipeline, group);
  }
  return [...groups.values()].sort((a, b) => a.title.localeCompare(b.title));
}

/** Why it is old, where it is: a stale result never looks fresh. @param {{of: import('../types.js').Freshness}} props */
function Freshness({ of }) {
  const attempt = of.newest_attempt;
  const newer = attempt && attempt.run_no !== of.run_no;
  const lost = connection.value === 'lost';
  return html`<div class=${`freshness ${of.stale || lost ? 'is-stale' : ''}`}>
    ${lost ? html`<${State} state="unknown" word="not known: the daemon does not answer" />` : of.overdue ? html`<${State} state="overdue" word="new data is overdue" />` : of.stale ? html`<${State} state="stale" word="not the newest" />` : html`<${State} state="fresh" word="up to date" />`}
    <span>data came <${Moment} at=${of.data_at} none="at an unknown time" /></span><span>made <${Time} at=${of.made_at} /></span>
    ${of.expected_at && html`<span>next expected <${Time} at=${of.expected_at} /></span>`}
    ${newer && html`<span>newest attempt: <a href=${runPath(attempt.run_no)}>run ${attempt.run_no}</a> <${State} state=${attempt.state} /></span>`}
  </div>`;
}

/** @param {{group: Group, large?: boolean}} props */
const Result = ({ group, large = false }) => html`<section class=${`panel latest ${group.fresh.stale || connection.value === 'lost' ? 'is-stale' : ''}`} aria-label=${group.title} data-row>
  <header><h2><a class="row-link" href=${pipelinePath(group.name)}>${group.title}</a></h2><div class="aside"><a href=${runPath(group.fresh.run_no)}>run ${group.fresh.run_no}</a></div></header>
  <${Freshness} of=${group.fresh} />
  ${group.outputs && html`<dl class="outputs">${group.outputs.values.map((output) => html`<${OutputTile} output=${output} />`)}</dl>`}
  ${group.artifacts.slice(0, large ? 1 : 12).map((artifact) => html`<figure class="artifact" key=${artifact.name}>
    <figcaption><a class="key" href=${safeHref(artifact.latest_url)} target="_blank" rel="noopener noreferrer" title="This address always shows the newest">${artifact.name}</a>${artifact.title && artifact.title !== group.title && html`<span class="muted">${artifact.title}</span>`}</figcaption>
    <${ArtifactBody} artifact=${artifact} tall=${large} />
  </figure>`)}
</section>`;

/** Turns the pages on a screen on a wall. @param {number} seconds @param {number} count */
function useTurn(seconds, count) {
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (!seconds || !count) return;
    const timer = setInterval(() => setAt((n) => (n + 1) % count), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, count]);
  return count ? at % count : 0;
}

export function Page() {
  const latest = useResource('/api/v1/latest', () => true, 60);
  const query = place.value.query;
  const kiosk = query.has('kiosk') ? Math.max(5, Number(query.get('kiosk')) || 60) : 0;
  const groups = latest.data ? groupsOf(latest.data).filter((group) => !query.get('pipeline') || group.name === query.get('pipeline')) : [];
  const at = useTurn(kiosk, groups.length);
  useEffect(() => {
    document.documentElement.classList.toggle('kiosk', kiosk > 0);
    return () => document.documentElement.classList.remove('kiosk');
  }, [kiosk > 0]);
  if (kiosk && groups.length) return html`<h1 class="hidden">Latest</h1><${Result} key=${groups[at].name} group=${groups[at]} large /><p class="muted kiosk-foot" data-now=${now.value}>${at + 1} of ${groups.length}</p>`;
  return html`<header class="page-head"><h1>Latest results</h1><div class="aside"><a href="/latest?kiosk=60">For a screen on the wall</a></div></header>
    <${Loaded} of=${latest}>${() => (groups.length
      ? html`<div class="latest-list">${groups.map((group) => html`<${Result} key=${group.name} group=${group} />`)}</div>`
      : html`<${Empty} title="No published result yet"><p>What a run leaves in <code>/out</code> is published when it succeeds: HTML as a report, images as plots, CSV as tables, and the declared outputs as numbers.</p>
          <${Snippet} text=${'outputs:\n  outliers: {type: int, alert: {above: 50}}\nartifacts:\n  report.html: {role: report}\n'} label="YAML" /><//>`)}<//>`;
}
