import { html, useState } from '../html.js';
import { post, remove } from '../api.js';
import { useResource } from '../resource.js';
import { Confirm, Dialog } from '../components/dialog.js';
import { CopyButton, Snippet } from '../components/copy.js';
import { Section } from '../components/empty.js';
import { Loaded, Problem } from '../components/problem.js';
import { Time } from '../components/time.js';

/** @typedef {{id: string, name: string, access: string, pipelines: string[] | null, created_at: string, expires_at: string | null, last_used_at: string | null}} Token */

/** @type {[string, string][]} */
const lives = [['', 'until it is revoked'], ['86400', 'a day'], ['604800', 'a week'], ['2592000', '30 days'], ['31536000', 'a year']];

/** @param {{onClose: () => void, onMade: () => void}} props */
function NewToken({ onClose, onMade }) {
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const pipelines = String(form.get('pipelines') ?? '').split(/[\s,]+/).filter(Boolean);
    try {
      setMade(await post('/api/v1/tokens', { name: form.get('name'), access: form.get('access'), expires_in_s: Number(form.get('life')) || null, pipelines: pipelines.length ? pipelines : null }));
      onMade();
    } catch (reason) {
      setError(reason);
    }
  };
  if (made) return html`<${Dialog} title="The new token" onClose=${onClose}><p>It is shown only now. The link signs a browser in:</p><${Snippet} text=${made.link ?? made.token} label="Link" /><p class="buttons"><${CopyButton} text=${made.token} label="Copy the token alone" /></p><//>`;
  return html`<${Dialog} title="Make a token" onClose=${onClose}><form class="form" onSubmit=${submit}>
    <label>Name <input name="name" required maxlength="64" autocomplete="off" /></label>
    <label>May <select name="access"><option>read</option><option>operate</option><option>admin</option></select></label>
    <label>For <select name="life">${lives.map(([value, word]) => html`<option value=${value} selected=${value === '2592000'}>${word}</option>`)}</select></label>
    <label>Pipelines <small>their names; empty for all</small><input name="pipelines" autocomplete="off" /></label>
    ${error && html`<${Problem} error=${error} />`}
    <p class="buttons"><button class="primary">Make it</button></p>
  </form><//>`;
}

export function Tokens() {
  const tokens = useResource('/api/v1/tokens');
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState(/** @type {Token | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const revoke = async (/** @type {Token} */ token) => {
    try {
      await remove(`/api/v1/tokens/${encodeURIComponent(token.id)}`);
    } catch (reason) {
      setError(reason);
    }
    tokens.reload();
  };
  return html`<${Section} title="Tokens" class="spaced" aside=${html`<button class="small" onClick=${() => setMaking(true)}>Make one</button>`}>
    ${error && html`<${Problem} error=${error} />`}
    <${Loaded} of=${tokens}>${(/** @type {{tokens: Token[]}} */ data) => (data.tokens.length
      ? html`<table class="cards flush"><thead><tr><th>Name</th><th>May</th><th>Made</th><th>Ends</th><th>Last used</th><th><span class="hidden">Revoke</span></th></tr></thead><tbody>${data.tokens.map((token) => html`<tr key=${token.id}>
          <td data-label="Name"><b>${token.name}</b>${token.pipelines && html`<small class="why">${token.pipelines.join(', ')}</small>`}</td><td data-label="May">${token.access}</td><td data-label="Made"><${Time} at=${token.created_at} /></td><td data-label="Ends"><${Time} at=${token.expires_at} none="never" /></td><td data-label="Last used"><${Time} at=${token.last_used_at} none="never" /></td>
          <td class="right"><button class="small danger" onClick=${() => setAsked(token)}>Revoke</button></td></tr>`)}</tbody></table>`
      : html`<p class="muted">None. Who is on the server needs none: the socket knows them.</p>`)}<//>
    ${making && html`<${NewToken} onClose=${() => setMaking(false)} onMade=${tokens.reload} />`}
    ${asked && html`<${Confirm} title=${`Revoke ${asked.name}?`} text="Whoever uses it is signed out at once." action="Revoke" danger onDone=${(/** @type {boolean} */ yes) => (setAsked(null), yes && revoke(asked))} />`}
  <//>`;
}
