import { html } from '../html.js';
import { Icon } from './icons.js';
import { Prose } from './prose.js';
import { ApiError } from '../api.js';

/** What went wrong and what to do. @param {{error: unknown, retry?: () => void}} props */
export function Problem({ error, retry }) {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : '';
  return html`<div class="problem" role="alert">
    <${Icon} name="error" />
    <div>
      <p><${Prose} text=${text} /></p>
      ${hint && html`<p class="muted"><${Prose} text=${hint} /></p>`}
      ${retry && html`<button class="small" onClick=${retry}>Try again</button>`}
    </div>
  </div>`;
}

/** A resource's place: what failed, what is under way, or what it holds.
 * @param {{of: import('../resource.js').Resource<any>, children: (data: any) => any}} props */
export function Loaded({ of, children }) {
  if (of.data === null) {
    if (of.error) return html`<${Problem} error=${of.error} retry=${of.reload} />`;
    return html`<div class="skeleton" aria-busy="true"><span class="hidden">Loading</span></div>`;
  }
  return html`${of.error && html`<${Problem} error=${of.error} retry=${of.reload} />`}${children(of.data)}`;
}
