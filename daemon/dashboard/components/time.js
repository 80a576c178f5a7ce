import { html } from '../html.js';
import { absolute, duration, now, relative } from '../time.js';

/** A moment, relative; the absolute time is in its title. @param {{at: string | null | undefined, none?: string}} props */
export function Time({ at, none = '–' }) {
  if (!at) return html`<span class="muted">${none}</span>`;
  return html`<time datetime=${at} title=${absolute(at)}>${relative(at, Math.max(now.value, 0))}</time>`;
}

/** A moment where there is room for both. @param {{at: string | null | undefined, none?: string}} props */
export const Moment = ({ at, none = '–' }) =>
  at ? html`<time datetime=${at}>${relative(at, Math.max(now.value, 0))} <small class="muted number">${absolute(at)}</small></time>` : html`<span class="muted">${none}</span>`;

/** @param {{seconds: number | null | undefined}} props */
export const Duration = ({ seconds }) =>
  html`<span class="number">${seconds === null || seconds === undefined ? '–' : duration(seconds)}</span>`;
