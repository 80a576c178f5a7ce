import { html, useMemo, useState } from '../html.js';
import { post } from '../api.js';
import { go, runPath } from '../router.js';
import { value } from '../time.js';
import { Dialog } from '../components/dialog.js';
import { Problem } from '../components/problem.js';

/** @typedef {import('../types.js').Param} Param */

/** What was typed, as the API wants it; an empty field means the default.
 * @param {Param[]} params @param {FormData} form @returns {Record<string, unknown>} */
export function paramsOf(params, form) {
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const param of params) {
    const text = String(form.get(`param.${param.name}`) ?? '');
    if (param.type === 'bool') {
      const on = text === 'on';
      if (on !== Boolean(param.default)) given[param.name] = on;
    } else if (text !== '' && text !== String(param.default ?? '')) {
      const isNumber = (param.type === 'int' || param.type === 'float') && Number.isFinite(Number(text));
      given[param.name] = isNumber ? Number(text) : text;
    }
  }
  return given;
}

/** @param {{param: Param}} props */
function Field({ param }) {
  const name = `param.${param.name}`;
  const bounds = [param.min !== null && `at least ${value(param.min)}`, param.max !== null && `at most ${value(param.max)}`].filter(Boolean).join(', ');
  const help = [param.help, bounds].filter(Boolean).join(' · ');
  if (param.type === 'bool') return html`<label class="inline"><input type="checkbox" name=${name} defaultChecked=${Boolean(param.default)} /> <span>${param.name} <small>${help}</small></span></label>`;
  return html`<label>${param.name} <small>${help}</small>
    ${param.choices
      ? html`<select name=${name}>${param.choices.map((choice) => html`<option value=${String(choice)} selected=${choice === param.default}>${String(choice)}</option>`)}</select>`
      : html`<input name=${name} type=${param.type === 'int' || param.type === 'float' ? 'number' : 'text'} step=${param.type === 'int' ? '1' : 'any'} min=${param.min ?? undefined} max=${param.max ?? undefined} defaultValue=${param.default ?? ''} placeholder=${param.default ?? ''} />`}
  </label>`;
}

/** @param {{pipeline: import('../types.js').PipelineDetail, onClose: () => void}} props */
export function RunNow({ pipeline, onClose }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  // The same form sent twice is one run.
  const key = useMemo(() => `page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`, [error]);
  const params = pipeline.spec?.params ?? [];
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const input = String(form.get('input') ?? '').trim();
    setBusy(true);
    try {
      const run = await post(`/api/v1/pipelines/${encodeURIComponent(pipeline.name)}/runs`, { ...(input && { input }), params: paramsOf(params, form) }, { 'Idempotency-Key': key });
      go(runPath(run.run_no));
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${`Run ${pipeline.name}`} onClose=${onClose}>
    <form class="form" onSubmit=${submit}>
      <label>Input <small>an absolute path or s3://bucket/key that the pipeline may read; empty for none</small><input name="input" autocomplete="off" spellcheck="false" placeholder=${`${pipeline.watch?.[0]?.replace(/\/$/, '') ?? '/srv/data'}/…`} /></label>
      ${params.map((param) => html`<${Field} param=${param} />`)}
      ${params.length === 0 && html`<p class="muted">This pipeline has no parameters.</p>`}
      ${error && html`<${Problem} error=${error} />`}
      <p class="buttons"><button class="primary" disabled=${busy}>Run</button><button type="button" class="quiet" onClick=${onClose}>Back</button></p>
    </form>
  <//>`;
}
