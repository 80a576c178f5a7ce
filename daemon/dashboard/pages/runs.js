import { html, useEffect, useState } from '../html.js';
import { get, post, url } from '../api.js';
import { on } from '../events.js';
import { place, setQuery } from '../router.js';
import { count } from '../time.js';
import { term, withTerm } from '../filter.js';
import { mayOperate } from '../me.js';
import { useResource } from '../resource.js';
import { Empty } from '../components/empty.js';
import { Icon } from '../components/icons.js';
import { Problem } from '../components/problem.js';
import { Prose } from '../components/prose.js';
import { RunsTable } from '../components/runs_table.js';
import { Confirm } from '../components/dialog.js';
import { isEnd, states, wordOf } from '../components/state.js';

/** @typedef {import('../types.js').Run} Run */

/** @type {[string, string][]} */
const examples = [
  ['state:failed,timed_out since:24h', 'what went wrong since yesterday'],
  ['pipeline:sensor-qc out.outliers>50', 'by an output'],
  ['duration>10m -trigger:manual', 'slow, and not by hand'],
  ['key:"2026-11" param.threshold>2', 'by the file and a parameter'],
];

/** The state's tabs with their counts. @param {{q: string}} props */
function Tabs({ q }) {
  const others = withTerm(q, 'state', null);
  const answer = useResource(url('/api/v1/runs/counts', { q: others }), () => true);
  const chosen = term(q, 'state');
  const counts = answer.data?.counts ?? {};
  const all = Object.values(counts).reduce((/** @type {number} */ sum, n) => sum + Number(n), 0);
  const more = answer.data && !answer.data.complete ? '+' : '';
  const tab = (/** @type {string | null} */ state, /** @type {string} */ word, /** @type {number} */ n) =>
    html`<a href=${url('/runs', { q: withTerm(q, 'state', state) })} aria-current=${chosen === state ? 'true' : undefined}>${word} <span class="number">${count(n)}${more}</span></a>`;
  return html`<nav class="tabs scrolls" aria-label="States">${tab(null, 'all', all)}${states.filter((state) => counts[state] || chosen === state).map((state) => tab(state, wordOf(state), counts[state] ?? 0))}</nav>`;
}

/** What a page of runs holds, and how the next one is asked for. @param {string} q */
function useRuns(q) {
  const [pages, setPages] = useState(/** @type {{q: string | null, runs: Run[], next: string | null, complete: boolean}} */ ({ q: null, runs: [], next: null, complete: true }));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const [stale, setStale] = useState(0);
  const ask = (/** @type {string | null} */ before) => get(url('/api/v1/runs', { q, limit: 50, before }));

  useEffect(() => {
    let current = true;
    let timer = 0;
    const first = async () => {
      timer = 0;
      try {
        const page = await ask(null);
        if (!current) return;
        setError(null);
        // The newest page takes the place of the runs that it covers; what was paged to below stays.
        setPages((old) => {
          if (old.q !== q || old.runs.length <= page.runs.length || !page.next) return { q, ...page };
          const last = page.runs.at(-1)?.run_no ?? 0;
          return { ...old, runs: [...page.runs, ...old.runs.filter((run) => run.run_no < last)] };
        });
        setStale(0);
      } catch (reason) {
        if (current) setError(reason);
      }
    };
    void first();
    const soon = () => (timer ||= setTimeout(first, 700));
    const off = [on('feed', soon), on('refresh', soon)];
    return () => {
      current = false;
      clearTimeout(timer);
      off.forEach((stop) => stop());
    };
  }, [q, stale]);

  const more = async () => {
    setBusy(true);
    try {
      const page = await ask(pages.next);
      setPages((old) => (old.q === q ? { ...old, runs: [...old.runs, ...page.runs], next: page.next, complete: page.complete ?? true } : old));
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return { ...pages, fresh: pages.q === q, error, busy, more, reload: () => setStale(stale + 1) };
}

/** @param {{q: string}} props */
function Search({ q }) {
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuery({ q: text.trim() });
  };
  return html`<form class="search" role="search" onSubmit=${submit}>
    <input data-search type="search" name="q" value=${text} aria-label="Filter runs" placeholder="state:failed pipeline:qc since:24h duration>10m" autocomplete="off" spellcheck="false"
      onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <button>Filter</button>
  </form>`;
}

/** Does it to each, also after one that failed. @param {Run[]} runs @param {string} action */
async function toEach(runs, action) {
  /** @type {{run: number, text: string}[]} */
  const failed = [];
  for (const run of runs) {
    try {
      await post(`/api/v1/runs/${run.run_no}/${action}`);
    } catch (reason) {
      failed.push({ run: run.run_no, text: reason instanceof Error ? reason.message : String(reason) });
    }
  }
  return failed;
}

/** @param {{runs: Run[], keep: (runs: number[]) => void, tell: (text: string, bad: boolean) => void, reload: () => void}} props */
function Selection({ runs, keep, tell, reload }) {
  const [asked, setAsked] = useState('');
  const [busy, setBusy] = useState(false);
  const clear = () => keep([]);
  const open = runs.filter((run) => !isEnd(run.state));
  const ended = runs.filter((run) => isEnd(run.state));
  const act = async (/** @type {Run[]} */ which, /** @type {string} */ action) => {
    setBusy(true);
    tell('', false);
    const failed = await toEach(which, action);
    setBusy(false);
    tell(`${count(which.length - failed.length)} done${failed.length ? `, ${count(failed.length)} failed: run ${failed[0].run}: ${failed[0].text}` : ''}`, failed.length > 0);
    keep(failed.map((one) => one.run));
    reload();
  };
  const which = asked === 'cancel' ? open : ended;
  return html`<div class="selection" role="region" aria-label="Selected runs">
    <b><span class="number">${runs.length}</span> selected</b>
    <a class="button" role="button" aria-disabled=${runs.length < 2 || runs.length > 6} href=${runs.length >= 2 && runs.length <= 6 ? `/compare?runs=${runs.map((run) => run.run_no).join(',')}` : undefined}>Compare</a>
    ${mayOperate.value && html`<button disabled=${busy || !ended.length} onClick=${() => setAsked('rerun')}>Rerun</button><button disabled=${busy || !open.length} onClick=${() => setAsked('cancel')}>Cancel runs</button>`}
    <button class="quiet" onClick=${clear}>Clear</button>
    ${runs.length > 6 && html`<span class="muted">Compare takes 2 to 6.</span>`}
    ${asked && html`<${Confirm} title=${`${asked === 'cancel' ? 'Cancel' : 'Run again'}: ${which.length} ${which.length === 1 ? 'run' : 'runs'}?`} action=${asked === 'cancel' ? 'Cancel them' : 'Rerun them'} danger=${asked === 'cancel'}
      text=${`${which.map((run) => run.run_no).join(', ')}${asked === 'rerun' ? ': same input and parameters, with the newest revision of the pipeline.' : ': what has started is stopped, what waits will not start.'}`}
      onDone=${(/** @type {boolean} */ yes) => (setAsked(''), yes && act(which, asked))} />`}
  </div>`;
}

export function Page() {
  const q = place.value.query.get('q') ?? '';
  const list = useRuns(q);
  const [selected, setSelected] = useState(/** @type {Set<number>} */ (new Set()));
  const [outcome, setOutcome] = useState(/** @type {{text: string, bad: boolean} | null} */ (null));
  useEffect(() => (setSelected(new Set()), setOutcome(null)), [q]);
  const select = (/** @type {number} */ run, /** @type {boolean} */ on) =>
    setSelected((old) => {
      const next = new Set(old);
      if (on) next.add(run);
      else next.delete(run);
      return next;
    });
  const chosen = list.runs.filter((run) => selected.has(run.run_no));
  return html`<header class="page-head"><h1>Runs</h1><div class="aside"><a href=${url('/api/v1/runs', { q, format: 'csv' })} download>CSV</a><a href=${url('/api/v1/runs', { q, format: 'ndjson' })} download>NDJSON</a></div></header>
    <${Search} q=${q} />
    <${Tabs} q=${q} />
    ${list.error && html`<${Problem} error=${list.error} retry=${list.reload} />`}
    ${outcome && html`<p class=${`outcome ${outcome.bad ? 'bad' : 'good'}`} role="status"><${Icon} name=${outcome.bad ? 'failed' : 'succeeded'} /><${Prose} text=${outcome.text} /><button class="small quiet" onClick=${() => setOutcome(null)}>Close</button></p>`}
    ${chosen.length > 0 && html`<${Selection} runs=${chosen} keep=${(/** @type {number[]} */ runs) => setSelected(new Set(runs))} tell=${(/** @type {string} */ text, /** @type {boolean} */ bad) => setOutcome(text ? { text, bad } : null)} reload=${list.reload} />`}
    <div class=${list.fresh ? '' : 'dimmed'}>
      ${list.fresh && list.runs.length === 0 && !list.error
        ? html`<${Empty} title=${q ? 'No run fits this filter' : 'No run yet'}>
            ${!list.complete && html`<p>The search has looked at the newest runs only. <button class="small" onClick=${list.more}>Search on</button></p>`}
            <p>${q ? 'Terms are joined with "and"; a minus in front means "not". Some that work:' : 'When a file changes that a pipeline watches, its run is here at once. Filters that work:'}</p>
            <ul class="examples">${examples.map(([text, help]) => html`<li><a href=${url('/runs', { q: text })}><code>${text}</code></a> <span class="muted">${help}</span></li>`)}</ul>
          <//>`
        : html`<${RunsTable} runs=${list.runs} selected=${selected} onSelect=${select} />`}
      ${list.next && list.runs.length > 0 && html`<p class="more"><button disabled=${list.busy} onClick=${list.more}>${list.busy ? 'Loading…' : list.complete ? 'Older runs' : 'Search on'}</button>${!list.complete && html`<span class="muted">The search took a break; there may be more.</span>`}</p>`}
    </div>`;
}
