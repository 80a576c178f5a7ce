import { html } from '../html.js';

/** Shapes differ as much as colours do. @type {Record<string, string>} */
const paths = {
  succeeded: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM4.8 8.2l2.2 2.2 4.2-4.6',
  failed: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8',
  rejected: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM3.5 3.5l9 9',
  timed_out: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4.5V8l2.5 2',
  cancelled: 'M2.5 2.5h11v11h-11ZM5 8h6',
  interrupted: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8Z',
  outdated: 'M2.5 4l4 4-4 4M8.5 4l4 4-4 4',
  skipped: 'M3 3.5 8.5 8 3 12.5ZM12 3.5v9',
  queued: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  held: 'M5.5 3v10M10.5 3v10',
  pulling: 'M8 2v8M4.5 6.8 8 10.2l3.5-3.4M3 13.5h10',
  starting: 'M4.5 2.8 12.5 8l-8 5.2Z',
  running: 'M8 2a6 6 0 1 1-6 6',
  collecting: 'M2.5 9.5h3l1 2h3l1-2h3v4h-11ZM8 2v6M5.5 5.8 8 8.2l2.5-2.4',
  retry_wait: 'M13 8a5 5 0 1 1-1.6-3.7M11.8 1.8v2.8H9',
  ignored: 'M3 8h10',
  existing: 'M3.5 2h6l3 3v9h-9ZM9 2v3.5h3.5',
  waiting: 'M4 2h8M4 14h8M5 2c0 4 6 4 6 6s-6 2-6 6M11 2c0 4-6 4-6 6s6 2 6 6',
  error: 'M8 1.5 15 14H1ZM8 6v4M8 11.8v.4',
  warning: 'M8 1.5 14.5 8 8 14.5 1.5 8ZM8 5v4M8 10.8v.4',
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 7.2V11M8 4.8v.4',
  live: 'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM3 3a7 7 0 0 0 0 10M13 3a7 7 0 0 1 0 10',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9 8 10M8 12.6v.4',
  above: 'M8 13V3M4 7l4-4 4 4',
  below: 'M8 3v10M4 9l4 4 4-4',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5Z',
  system: 'M2 3h12v8H2ZM5.5 14h5M8 11v3',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  chevron: 'M6 3.5 10.5 8 6 12.5',
};

/** @param {{name: string, class?: string}} props */
export const Icon = ({ name, class: extra = '' }) =>
  html`<svg class=${`icon ${extra}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${paths[name] ?? paths.unknown} /></svg>`;
