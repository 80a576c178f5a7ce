import { html, useEffect, useState } from '../html.js';
import { get, url } from '../api.js';
import { on } from '../events.js';
import { place, runPath, setQuery } from '../router.js';
import { Empty, Section } from '../components/empty.js';
import { Problem } from '../components/problem.js';
import { Prose } from '../components/prose.js';
import { ItemsTable } from '../components/items_table.js';

/** @typedef {import('../types.js').Item} Item */

/** A path as `why` takes it: what file:// URIs name is asked for by its bytes.
 * @param {string} text @returns {Record<string, string>} */
export function whyQuery(text) {
  if (!text.startsWith('file://')) return { path: text };
  const bytes = [];
  const path = text.slice('file://'.length);
  for (let i = 0; i < path.length; i += 1) {
    const code = path[i] === '%' ? parseInt(path.slice(i + 1, i + 3), 16) : NaN;
    if (Number.isNaN(code)) bytes.push(...new TextEncoder().encode(path[i]));
    else (bytes.push(code), (i += 2));
  }
  return { path_base64: btoa(String.fromCharCode(...bytes)) };
}

/** @param {{path: string}} props */
function Why({ path }) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [text, setText] = useState(path);
  useEffect(() => {
    setText(path);
    setAnswer(null);
    setError(null);
    if (!path) return;
    const abort = new AbortController();
    get(url('/api/v1/why', whyQuery(path)), abort.signal).then(setAnswer, (reason) => abort.signal.aborted || setError(reason));
    return () => abort.abort();
  }, [path]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuery({ why: text.trim() });
  };
  return html`<${Section} title="Why was, or wasn't, this run?">
    <form class="search flush" onSubmit=${submit}><input value=${text} aria-label="Path or s3:// address" placeholder="/srv/data/a.csv or s3://bucket/key" autocomplete="off" spellcheck="false" onInput=${(/** @type {any} */ event) => setText(event.target.value)} /><button>Ask</button></form>
    ${error && html`<${Problem} error=${error} />`}
    ${answer && html`<ul class="stack why-answer" aria-live="polite">${answer.findings.map((/** @type {any} */ finding) => html`<li><${Prose} text=${finding.sentence} />${finding.run_no !== null && html` <a href=${runPath(finding.run_no)}>Run ${finding.run_no}</a>`}</li>`)}</ul>`}
  <//>`;
}

/** @param {Record<string, string>} filter */
function useItems(filter) {
  const key = JSON.stringify(filter);
  const [state, setState] = useState(/** @type {{key: string, items: Item[], next: string | null, error: unknown}} */ ({ key: '', items: [], next: null, error: null }));
  const load = async (/** @type {string | null} */ before, /** @type {boolean} */ add) => {
    try {
      const page = await get(url('/api/v1/items', { ...filter, limit: 50, before }));
      setState((old) => ({ key, items: add ? [...old.items, ...page.items] : page.items, next: page.next, error: null }));
    } catch (error) {
      setState((old) => ({ ...old, key, error }));
    }
  };
  const paged = state.items.length > 50;
  useEffect(() => {
    void load(null, false);
  }, [key]);
  useEffect(() => {
    let timer = 0;
    // A list that was paged through stays as it is.
    const off = on('feed', () => {
      if (!paged) timer ||= setTimeout(() => ((timer = 0), load(null, false)), 1500);
    });
    return () => (off(), clearTimeout(timer));
  }, [key, paged]);
  return { ...state, fresh: state.key === key, more: () => load(state.next, true) };
}

const states = ['failed', 'waiting', 'succeeded', 'existing', 'ignored'];

export function Page() {
  const query = place.value.query;
  const filter = Object.fromEntries(['q', 'state', 'pipeline', 'source'].flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])));
  const list = useItems(filter);
  const why = (/** @type {Item} */ item) => (setQuery({ why: item.uri }), scrollTo(0, 0));
  return html`<header class="page-head"><h1>Files</h1></header>
    <${Why} path=${query.get('why') ?? ''} />
    <div class="filters spaced">
      <input data-search type="search" value=${filter.q ?? ''} aria-label="Filter by name" placeholder="Part of the name" onChange=${(/** @type {any} */ event) => setQuery({ q: event.target.value })} />
      <select aria-label="State" onChange=${(/** @type {any} */ event) => setQuery({ state: event.target.value })}><option value="">every state</option>${states.map((state) => html`<option value=${state} selected=${filter.state === state}>${state}</option>`)}</select>
      ${filter.pipeline && html`<button onClick=${() => setQuery({ pipeline: null })}>Pipeline ${filter.pipeline} ✕</button>`}
    </div>
    ${list.error && html`<${Problem} error=${list.error} />`}
    ${list.fresh && !list.items.length && !list.error
      ? html`<${Empty} title=${Object.keys(filter).length ? 'Nothing fits' : 'Nothing was seen yet'}><p>Here is every file and object of the watched places, with what was decided about it. A pipeline's <code>watch:</code> names those places.</p><//>`
      : html`<${ItemsTable} items=${list.items} onWhy=${why} />`}
    ${list.next && html`<p class="more"><button onClick=${list.more}>More</button></p>`}`;
}
