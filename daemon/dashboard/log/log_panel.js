import { html, useEffect, useMemo, useRef, useState } from '../html.js';
import { get, url } from '../api.js';
import { followLog, on } from '../events.js';
import { place } from '../router.js';
import { count } from '../time.js';
import { Section } from '../components/empty.js';
import { Problem } from '../components/problem.js';
import { isEnd } from '../components/state.js';
import { LogStore } from './log_store.js';
import { LogView } from './log_view.js';
import { linesOf } from './lines_hash.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */
/** @typedef {{matches: {n: number, text: string}[], total: number, complete: boolean}} Found */

/** @param {string} run @param {number} attempt @param {'' | 'stdout' | 'stderr'} stream @returns {[LogStore, number]} */
function useStore(run, attempt, stream) {
  const [version, setVersion] = useState(0);
  const store = useMemo(() => new LogStore(run, attempt, stream, () => setVersion((n) => n + 1), get), [run, attempt, stream]);
  useEffect(() => {
    let stop = () => {};
    let live = true;
    const off = on('log', (event) => {
      if (event.attempt === attempt && live) store.append(event.lines, event.ended);
    });
    // The first chunk says how far the log has come; the stream goes on from there.
    void (async () => {
      await (stream ? store.more() : store.load(0));
      if (live && !store.ended) stop = followLog(run, attempt, store.total);
    })();
    return () => {
      live = false;
      off();
      stop();
    };
  }, [store]);
  return [store, version];
}

/** @param {{run: string, attempt: number, onJump: (n: number) => void, onFound: (lines: Set<number>) => void}} props */
function Search({ run, attempt, onJump, onFound }) {
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [at, setAt] = useState(0);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const asked = useRef('');
  const show = (/** @type {Found} */ answer, /** @type {number} */ index) => {
    setAt(index);
    if (answer.matches[index]) onJump(answer.matches[index].n);
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const q = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('q') ?? '');
    if (found && q === asked.current && found.matches.length) return show(found, (at + 1) % found.matches.length);
    asked.current = q;
    setError(null);
    if (!q) return setFound(null), onFound(new Set());
    try {
      /** @type {Found} */
      const answer = await get(url(`/api/v1/runs/${run}/log/search`, { q, attempt, limit: 1000 }));
      setFound(answer);
      onFound(new Set(answer.matches.map((match) => match.n)));
      show(answer, 0);
    } catch (reason) {
      setError(reason);
    }
  };
  const step = (/** @type {number} */ by) => found && show(found, (at + by + found.matches.length) % found.matches.length);
  return html`<form class="log-search" role="search" onSubmit=${submit}>
    <input data-search type="search" name="q" aria-label="Search the log" placeholder="Search the log" autocomplete="off" spellcheck="false" maxlength="256" />
    ${found && html`<span role="status" class="number">${found.matches.length ? `${count(at + 1)} of ${count(found.matches.length)}${found.complete ? '' : '+'}` : 'none'}</span>`}
    ${found && found.matches.length > 1 && html`<button type="button" class="small quiet" aria-label="Previous match" onClick=${() => step(-1)}>↑</button><button type="button" class="small quiet" aria-label="Next match" onClick=${() => step(1)}>↓</button>`}
    ${error && html`<${Problem} error=${error} />`}
  </form>`;
}

/** @param {{run: RunDetail}} props */
export function LogPanel({ run }) {
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  const attempt = chosen ?? run.attempts;
  if (!run.attempts) return html`<${Section} title="Log" id="log"><p class="muted">${isEnd(run.state) ? 'No container was started, so there is no log.' : 'The log begins with the container.'}</p><//>`;
  return html`<${Panel} key=${attempt} run=${run} attempt=${attempt} choose=${setChosen} />`;
}

/** @param {{run: RunDetail, attempt: number, choose: (attempt: number) => void}} props */
function Panel({ run, attempt, choose }) {
  const range = linesOf(place.value.hash);
  const [stream, setStream] = useState(/** @type {'' | 'stdout' | 'stderr'} */ (''));
  const [store, version] = useStore(run.run_id, attempt, stream);
  const [follow, setFollow] = useState(!range && !isEnd(run.state));
  const [jump, setJump] = useState(range ? { n: range[0] } : null);
  const [found, setFound] = useState(/** @type {Set<number>} */ (new Set()));
  const jumpTo = (/** @type {number} */ n) => (setFollow(false), setJump({ n }));
  useEffect(() => {
    if (range) document.getElementById('log')?.scrollIntoView({ block: 'start' });
  }, []);
  useEffect(() => {
    if (range && !(jump?.n === range[0])) jumpTo(range[0]);
  }, [place.value.hash]);
  const base = `/api/v1/runs/${run.run_id}/log?attempt=${attempt}`;
  const tools = html`<span class="muted number" role="status">${count(store.total)} ${store.total === 1 ? 'line' : 'lines'}</span>
    <a href=${`${base}&format=text`} download=${`run-${run.run_no}.log`}>Text</a><a href=${`${base}&format=cri`} download=${`run-${run.run_no}.cri.log`}>With times</a>`;
  return html`<${Section} title="Log" id="log" class="log-panel" aside=${tools}>
    <div class="log-tools">
      <${Search} run=${run.run_id} attempt=${attempt} onJump=${jumpTo} onFound=${setFound} />
      <div class="tabs" role="group" aria-label="Streams">${/** @type {const} */ ([['', 'both'], ['stdout', 'stdout'], ['stderr', 'stderr']]).map(([name, word]) => html`<button aria-pressed=${stream === name} onClick=${() => setStream(name)}>${word}</button>`)}</div>
      ${run.attempts > 1 && html`<label>Attempt <select value=${attempt} onChange=${(/** @type {any} */ event) => choose(Number(event.target.value))}>${Array.from({ length: run.attempts }, (_, i) => html`<option value=${i + 1} selected=${i + 1 === attempt}>${i + 1}</option>`)}</select></label>`}
      <button class="small" aria-pressed=${follow} onClick=${() => setFollow(!follow)}>${store.ended ? 'To the end' : 'Follow'}</button>
    </div>
    ${store.error && html`<${Problem} error=${store.error} retry=${() => store.want(0, 100)} />`}
    ${store.known && store.length === 0
      ? html`<p class="muted log-empty">${store.ended ? (stream ? `Nothing was printed to ${stream}.` : 'Nothing was printed.') : 'Nothing was printed yet.'}</p>`
      : html`<${LogView} store=${store} version=${version} follow=${follow} onFollow=${setFollow} range=${range} jump=${jump} found=${found} />`}
  <//>`;
}
