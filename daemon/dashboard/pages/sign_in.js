import { html, useEffect, useState } from '../html.js';
import { post } from '../api.js';
import { foreign, go, place } from '../router.js';
import { me } from '../me.js';
import { Problem } from '../components/problem.js';
import { Snippet } from '../components/copy.js';
import { Icon } from '../components/icons.js';

/** The token of the address's fragment, which is gone from the address bar before anything else happens. */
function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get('token');
  if (location.hash) history.replaceState(null, '', '/sign-in');
  return found;
}

function wanted() {
  try {
    const to = sessionStorage.getItem('wanted') ?? '/';
    sessionStorage.removeItem('wanted');
    return /^\/(?![/\\])/.test(to) ? to : '/';
  } catch {
    return '/';
  }
}

export function Page() {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const enter = async (/** @type {string} */ token) => {
    setBusy(true);
    setError(null);
    try {
      me.value = await post('/api/v1/session', { token });
      const to = wanted();
      if (foreign.test(new URL(to, location.origin).pathname)) location.replace(to);
      else go(to, { replace: true });
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  // A link that is opened while this page is shown changes nothing but the fragment.
  useEffect(() => {
    const token = takeToken();
    if (token) void enter(token);
  }, [place.value.hash]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('token') ?? '').trim();
    // The whole link may have been pasted.
    const token = /token=([^&\s]+)/.exec(text)?.[1] ?? text;
    if (token) void enter(token);
  };
  return html`<main id="main" class="sign-in" tabindex="-1">
    <p class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="11" /><path d="M5 17c3.700-3.600 7.300-3.600 11 0s7.300 3.600 11 0" /></svg><span>Tidewheel</span></p>
    <h1>Sign in</h1>
    <p>Who runs this server makes a link for you. On it, they say:</p>
    <${Snippet} text="tidewheel token create "$USER" --access read" label="Command" />
    <p>Open that link here, or paste it:</p>
    ${error && html`<${Problem} error=${error} />`}
    <form class="form" onSubmit=${submit}>
      <label>Link or token <input name="token" type="password" autocomplete="off" spellcheck="false" required autofocus placeholder="tw_…" /></label>
      <p><button class="primary" disabled=${busy}>${busy ? html`<${Icon} name="running" class="turns" />` : null}Sign in</button></p>
    </form>
  </main>`;
}
