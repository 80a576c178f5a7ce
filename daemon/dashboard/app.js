import { html, render, useEffect, useState, signal } from './html.js';
import { startRouter, place } from './router.js';
import { startClock } from './time.js';
import { on, startEvents, stopEvents } from './events.js';
import { ApiError } from './api.js';
import { startKeys } from './keyboard.js';
import { Shell } from './components/shell.js';
import { Problem } from './components/problem.js';
import { loadMe } from './me.js';

/** Each page is a module of its own, loaded when it is opened first.
 * @type {[RegExp, string, () => Promise<{Page: any}>][]} */
const routes = [
  [/^\/$/, 'Overview', () => import('./pages/overview.js')],
  [/^\/pipelines$/, 'Pipelines', () => import('./pages/pipelines.js')],
  [/^\/pipelines\/([^/]+)$/, 'Pipeline', () => import('./pages/pipeline.js')],
  [/^\/runs$/, 'Runs', () => import('./pages/runs.js')],
  [/^\/runs\/([^/]+)$/, 'Run', () => import('./pages/run.js')],
  [/^\/compare$/, 'Compare', () => import('./pages/compare.js')],
  [/^\/files$/, 'Files', () => import('./pages/files.js')],
  [/^\/latest$/, 'Latest', () => import('./pages/latest.js')],
  [/^\/coverage$/, 'Coverage', () => import('./pages/coverage.js')],
  [/^\/system$/, 'System', () => import('./pages/system.js')],
  [/^\/sign-in$/, 'Sign in', () => import('./pages/sign_in.js')],
];
const missing = () => import('./pages/missing.js');

/** @type {import('./vendor/signals.js').Signal<{Page: any, key: string, args: string[]} | null>} */
const shown = signal(null);

/** @param {string} text */
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function App() {
  const path = place.value.path;
  const [error, setError] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    let current = true;
    const route = routes.find(([pattern]) => pattern.test(path));
    const args = route ? (route[0].exec(path) ?? []).slice(1).map(decoded) : [];
    document.title = `${args[0] ? `${args[0]} · ` : ''}${route ? route[1] : 'Not found'} · Tidewheel`;
    (route ? route[2] : missing)().then(
      ({ Page }) => {
        if (!current) return;
        setError(null);
        shown.value = { Page, key: path, args };
      },
      () => current && setError(new ApiError(0, { detail: 'This part of the page could not be loaded.', hint: 'It is loaded by itself as soon as the daemon answers.' })),
    );
    // Before somebody has signed in there is nothing to listen to.
    if (path === '/sign-in') stopEvents();
    else startEvents(), void loadMe();
    return () => void (current = false);
  }, [path]);
  // A module that could not be loaded once is not asked for again by the browser.
  useEffect(() => (error ? on('refresh', () => location.reload()) : undefined), [error]);
  const page = shown.value;
  if (path === '/sign-in' && page?.key === path) return html`<${page.Page} />`;
  return html`<${Shell}>
    ${error ? html`<${Problem} error=${error} retry=${() => location.reload()} />` : page && html`<${page.Page} key=${page.key} args=${page.args} />`}
  <//>`;
}

startRouter();
startClock();
startKeys();
const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(html`<${App} />`, root);
}
