// The one place that binds the vendored libraries together.
import { h } from './vendor/preact.js';
import htm from './vendor/htm.js';

export { h, render, Fragment, Component } from './vendor/preact.js';
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback } from './vendor/hooks.js';
export { signal, computed, effect, batch, useSignal } from './vendor/signals.js';

/** @typedef {import('./vendor/preact.js').ComponentChildren} Children */
/** @typedef {import('./vendor/preact.js').VNode<any>} Node */

/** Markup as vnodes. What is filled in becomes text or attributes, never markup.
 * @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = /** @type {any} */ (htm).bind(h);
