import { html, useEffect } from '../html.js';
import { place, go } from '../router.js';
import { connection, counts, stopEvents } from '../events.js';
import { setTheme, theme } from '../theme.js';
import { helpShown, keys } from '../keyboard.js';
import { me } from '../me.js';
import { remove } from '../api.js';
import { Dialog } from './dialog.js';
import { Icon } from './icons.js';

/** @type {[string, string][]} */
const pages = [['/', 'Overview'], ['/pipelines', 'Pipelines'], ['/runs', 'Runs'], ['/files', 'Files'], ['/latest', 'Latest'], ['/coverage', 'Coverage'], ['/system', 'System']];

/** @param {string} path @param {string} to */
const isIn = (path, to) => (to === '/' ? path === '/' : path === to || path.startsWith(to + '/') || (to === '/runs' && path === '/compare'));

function ThemeToggle() {
  /** @type {Record<string, ['system' | 'light' | 'dark', string, string]>} */
  const next = { system: ['light', 'system', 'as the system'], light: ['dark', 'sun', 'light'], dark: ['system', 'moon', 'dark'] };
  const [to, icon, word] = next[theme.value];
  return html`<button class="small quiet" onClick=${() => setTheme(to)} title=${`Colours: ${word}`} aria-label=${`Colours: ${word}. Change.`}><${Icon} name=${icon} /></button>`;
}

async function signOut() {
  await remove('/api/v1/session').catch(() => undefined);
  stopEvents();
  me.value = null;
  go('/sign-in');
}

const Who = () =>
  me.value && html`<span class="who" title=${`${me.value.name}: may ${me.value.access}`}>${me.value.name}</span>
    ${me.value.via === 'session' && html`<button class="small quiet" onClick=${signOut}>Sign out</button>`}`;

const Lost = () =>
  connection.value === 'lost' && html`<div class="banner" role="status"><${Icon} name="retry_wait" class="turns" />The connection to the daemon is lost. What you see may be old; it goes on by itself.</div>`;

const Busy = () => {
  const { active = 0, waiting = 0 } = counts.value ?? {};
  return counts.value && html`<a class="busy-line" href="/runs?q=state%3Apulling%2Cstarting%2Crunning%2Ccollecting" title="Runs at present"><span class="number">${active}</span> active <span class="number">${waiting}</span> waiting</a>`;
};

const Help = () =>
  helpShown.value && html`<${Dialog} title="Keys" onClose=${() => (helpShown.value = false)}>
    <dl class="keys">${keys.map(([key, text]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`)}</dl>
  <//>`;

/** @param {{children: any}} props */
export function Shell({ children }) {
  const path = place.value.path;
  // On a phone the list of pages is wider than the screen.
  useEffect(() => document.querySelector('.top nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [path]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="11" /><path d="M5 17c3.700-3.600 7.300-3.600 11 0s7.300 3.600 11 0" /></svg><span>Tidewheel</span>${me.value?.instance && html`<small>${me.value.instance}</small>`}</a>
      <nav aria-label="Pages">${pages.map(([to, name]) => html`<a href=${to} aria-current=${isIn(path, to) ? 'page' : undefined}>${name}</a>`)}</nav>
      <div class="top-end"><${Busy} /><${Who} /><${ThemeToggle} /><button class="small quiet" aria-label="Keys" title="Keys (?)" onClick=${() => (helpShown.value = true)}>?</button></div>
    </header>
    <${Lost} />
    <main id="main" tabindex="-1">${children}</main>
    <${Help} />`;
}

/** @param {MouseEvent} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
