import { html, useLayoutEffect, useRef } from '../html.js';

/** A modal: the browser's own <dialog> keeps the focus in it and gives it back.
 * @param {{title: string, onClose: () => void, children: any}} props */
export function Dialog({ title, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const outside = (/** @type {MouseEvent} */ event) => event.target === dialog.current && onClose();
  return html`<dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${onClose} onClick=${outside}>
    <div class="dialog-body">
      <header><h2 id="dialog-title">${title}</h2><button class="small quiet" onClick=${onClose} aria-label="Close">✕</button></header>
      ${children}
    </div>
  </dialog>`;
}

/** @param {{title: string, text: any, action: string, danger?: boolean, onDone: (yes: boolean) => void}} props */
export const Confirm = ({ title, text, action, danger, onDone }) =>
  html`<${Dialog} title=${title} onClose=${() => onDone(false)}>
    <p>${text}</p>
    <p class="buttons">
      <button class=${danger ? 'danger' : 'primary'} onClick=${() => onDone(true)}>${action}</button>
      <button class="quiet" onClick=${() => onDone(false)}>Back</button>
    </p>
  <//>`;
