import { html } from '../html.js';

/** A sentence of the daemon: what stands between backticks is code. @param {{text: string | null | undefined}} props */
export const Prose = ({ text }) =>
  html`${(text ?? '').split(/`([^`\n]+)`/).map((part, i) => (i % 2 ? html`<code>${part}</code>` : part))}`;
