import { html, useEffect, useRef, useState } from '../html.js';
import { useResource } from '../resource.js';
import { pipelinePath, runPath, safeHref } from '../router.js';
import { bytes, count } from '../time.js';
import { counts, on } from '../events.js';
import { Empty, Section } from '../components/empty.js';
import { Icon } from '../components/icons.js';
import { Loaded } from '../components/problem.js';
import { State } from '../components/state.js';
import { Time } from '../components/time.js';
import { CoverageLine } from '../components/coverage_line.js';
import { Snippet } from '../components/copy.js';
import { firstPipeline } from '../examples.js';

/** @typedef {import('../types.js').OverviewAnswer} Answer */

/** @param {{notices: Answer['attention']}} props */
const Attention = ({ notices }) => html`<${Section} title="Needs a look" aside=${notices.length ? html`<span class="number">${notices.length}</span>` : null}>
  ${notices.length === 0 && html`<p class="calm-line"><${Icon} name="succeeded" class="good" />Nothing needs a look.</p>`}
  <ul class="notices">${notices.map((notice) => html`<li data-row class=${`notice ${notice.severity}`}>
    <span class="severity"><${Icon} name=${notice.severity} /><span class="hidden">${notice.severity}</span></span>
    <div>
      <p class="notice-title">${safeHref(notice.href) ? html`<a class="row-link" href=${safeHref(notice.href)}>${notice.title}</a>` : notice.title}</p>
      ${notice.detail && html`<p class=${`muted pre ${notice.kind === 'pipeline_invalid' ? 'key' : ''}`}>${notice.detail}</p>`}
    </div>
    ${notice.since_at && html`<span class="since"><${Time} at=${notice.since_at} /></span>`}
  </li>`)}</ul>
<//>`;

const mostEntries = 14;

/** Each run once, with what happened to it last: the newest first. @param {Answer['feed']} entries */
export function newestOfEach(entries) {
  /** @type {Map<number, import('../types.js').FeedEntry>} */
  const runs = new Map();
  for (const entry of [...entries].sort((a, b) => b.seq - a.seq)) if (!runs.has(entry.run_no)) runs.set(entry.run_no, entry);
  return [...runs.values()].slice(0, mostEntries);
}

/** What the answer held, and what came since. @param {Answer['feed']} answered */
function useFeed(answered) {
  const [entries, setEntries] = useState(answered);
  const add = (/** @type {Answer['feed']} */ more) => setEntries((old) => newestOfEach([...more, ...old]));
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) add(answered);
    first.current = false;
  }, [answered]);
  useEffect(() => on('feed', (entry) => add([entry])), []);
  return newestOfEach(entries);
}

/** @param {{entries: Answer['feed']}} props */
const LiveFeed = ({ entries: answered }) => {
  const entries = useFeed(answered);
  return html`<${Section} title="As it happens" aside=${html`<a href="/runs">All runs</a>`}>
  ${entries.length === 0
    ? html`<${Empty} title="No run yet"><p>Put a pipeline file into the pipelines folder, then drop a file into the folder that it watches:</p><${Snippet} text=${firstPipeline} label="A first pipeline" /><//>`
    : html`<ol class="feed" aria-live="off">${entries.map((entry) => html`<li key=${entry.seq} data-row>
        <${State} state=${entry.state} /><a class="row-link number" href=${runPath(entry.run_no)}>${entry.run_no}</a><a class="grow" href=${pipelinePath(entry.pipeline)}>${entry.pipeline}</a><${Time} at=${entry.at} />
      </li>`)}</ol>`}
<//>`;
};

/** @param {{hours: Answer['throughput'], at: string}} props */
function Throughput({ hours, at }) {
  const last = Math.floor(Date.parse(at) / 3_600_000);
  const bars = Array.from({ length: 24 }, (_, i) => {
    const hour = last - 23 + i;
    return hours.find((one) => Math.floor(Date.parse(one.hour_at) / 3_600_000) === hour) ?? { hour_at: new Date(hour * 3_600_000).toISOString(), succeeded: 0, failed: 0 };
  });
  const most = Math.max(1, ...bars.map((bar) => bar.succeeded + bar.failed));
  const good = bars.reduce((sum, bar) => sum + bar.succeeded, 0);
  const bad = bars.reduce((sum, bar) => sum + bar.failed, 0);
  return html`<${Section} title="Last 24 hours" aside=${html`<span><b class="number">${count(good)}</b> succeeded, <b class="number">${count(bad)}</b> not</span>`}>
    <svg class="bars" viewBox="0 0 240 60" preserveAspectRatio="none" role="img" aria-label=${`${good} runs succeeded and ${bad} did not in the last 24 hours`}>
      ${bars.map((bar, i) => html`<g><title>${`${bar.hour_at.slice(11, 13)}:00 UTC: ${bar.succeeded} succeeded, ${bar.failed} not`}</title>
        <rect class="bar-all" x=${i * 10} y="0" width="9" height="60" />
        <rect class="bar-good" x=${i * 10} y=${58 - (56 * bar.succeeded) / most} width="9" height=${(56 * bar.succeeded) / most + (bar.succeeded ? 2 : 0)} />
        <rect class="bar-bad" x=${i * 10} y=${58 - (56 * (bar.succeeded + bar.failed)) / most} width="9" height=${(56 * bar.failed) / most + (bar.failed && !bar.succeeded ? 2 : 0)} /></g>`)}
    </svg>
  <//>`;
}

/** @param {{disk: NonNullable<Answer['disk']>}} props */
function Disk({ disk }) {
  const used = disk.total_bytes - disk.free_bytes;
  const low = disk.free_bytes < disk.min_free_bytes;
  return html`<${Section} title="Disk" aside=${low ? html`<${State} state="error" word="too little is free" />` : null}>
    <meter class="meter" min="0" max=${disk.total_bytes} high=${Math.max(0, disk.total_bytes - disk.min_free_bytes)} value=${used} aria-label="Disk used"></meter>
    <p class="muted"><b>${bytes(disk.free_bytes)}</b> of ${bytes(disk.total_bytes)} free; nothing starts below ${bytes(disk.min_free_bytes)}. Database ${bytes(disk.database_bytes)}.</p>
  <//>`;
}

export function Page() {
  const overview = useResource('/api/v1/overview', () => true, 60);
  return html`<h1 class="hidden">Overview</h1>
    <${Loaded} of=${overview}>${(/** @type {Answer} */ data) => html`
      ${data.coverage && html`<${CoverageLine} coverage=${data.coverage} />`}
      <div class="columns">
        <div><${Attention} notices=${data.attention} /><${LiveFeed} entries=${data.feed} /></div>
        <div>
          <div class="tiles"><a class="tile" href="/runs?q=state%3Apulling%2Cstarting%2Crunning%2Ccollecting"><b class="number">${count(counts.value?.active ?? data.active)}</b><span>active</span></a><a class="tile" href="/runs?q=state%3Aqueued%2Cheld%2Cretry_wait"><b class="number">${count(counts.value?.waiting ?? data.waiting)}</b><span>waiting</span></a></div>
          <${Throughput} hours=${data.throughput} at=${data.now} />
          ${data.disk && html`<${Disk} disk=${data.disk} />`}
        </div>
      </div>`}<//>`;
}
