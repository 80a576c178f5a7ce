// What differs between runs, as rows of one value a run.
import { value as shown } from './time.js';

/** @typedef {import('./types.js').RunDetail} RunDetail */
/** @typedef {{group: string, name: string, values: unknown[], unit: string, same: boolean, numeric: boolean}} CompareRow */

/** @param {unknown[]} values */
const allSame = (values) => values.every((one) => JSON.stringify(one ?? null) === JSON.stringify(values[0] ?? null));

/** @param {string} group @param {string} name @param {unknown[]} values @param {string} [unit] @returns {CompareRow} */
const row = (group, name, values, unit = '') => ({ group, name, values, unit, same: allSame(values), numeric: values.every((one) => one === null || one === undefined || typeof one === 'number') });

/** @template T @param {RunDetail[]} runs @param {(run: RunDetail) => T[]} listOf @param {(one: T) => string} nameOf */
function names(runs, listOf, nameOf) {
  return [...new Set(runs.flatMap((run) => (listOf(run) ?? []).map(nameOf)))];
}

/** @param {RunDetail[]} runs @returns {CompareRow[]} */
export function compareRuns(runs) {
  const rows = [
    row('Run', 'pipeline', runs.map((run) => run.pipeline)),
    row('Run', 'state', runs.map((run) => run.state)),
    row('Run', 'reason', runs.map((run) => run.reason)),
    row('Run', 'revision', runs.map((run) => run.revision)),
    row('Run', 'trigger', runs.map((run) => run.trigger)),
    row('Run', 'attempts', runs.map((run) => run.attempts)),
    row('Image', 'image', runs.map((run) => run.image)),
    row('Image', 'image id', runs.map((run) => run.image_id)),
  ];
  for (const name of names(runs, (run) => run.params, (one) => one.name))
    rows.push(row('Parameters', name, runs.map((run) => run.params.find((one) => one.name === name)?.value)));
  const most = Math.max(0, ...runs.map((run) => run.inputs?.length ?? 0));
  for (let i = 0; i < most; i += 1) {
    const suffix = most > 1 ? ` ${i + 1}` : '';
    rows.push(row('Input', `key${suffix}`, runs.map((run) => run.inputs[i]?.key)));
    rows.push(row('Input', `size${suffix}`, runs.map((run) => run.inputs[i]?.size), 'bytes'));
    rows.push(row('Input', `SHA-256${suffix}`, runs.map((run) => run.inputs[i]?.sha256)));
  }
  for (const name of names(runs, (run) => run.outputs, (one) => one.name)) {
    const unit = runs.flatMap((run) => run.outputs).find((one) => one.name === name)?.unit ?? '';
    rows.push(row('Outputs', name, runs.map((run) => run.outputs.find((one) => one.name === name)?.value), unit));
  }
  rows.push(row('Cost', 'duration', runs.map((run) => run.duration_s), 's'));
  rows.push(row('Cost', 'peak memory', runs.map((run) => run.max_rss_bytes), 'bytes'));
  rows.push(row('Cost', 'CPU', runs.map((run) => run.cpu_s), 's'));
  return rows.filter((one) => one.values.some((value) => value !== null && value !== undefined));
}

/** How far a number is from the first run's. @param {unknown} value @param {unknown} first @param {(difference: number) => string} [format] */
export function delta(value, first, format = (difference) => shown(Number(difference.toPrecision(4)))) {
  if (typeof value !== 'number' || typeof first !== 'number' || value === first) return '';
  const difference = value - first;
  const sign = difference > 0 ? '+' : '−';
  const percent = first === 0 ? '' : ` (${sign}${Math.abs((100 * difference) / first).toFixed(Math.abs(difference / first) < 0.1 ? 1 : 0)} %)`;
  return `${sign}${format(Math.abs(difference))}${percent}`;
}

/** Artifacts that can be looked at side by side: those that at least one run has, by name.
 * @param {RunDetail[]} runs */
export function sharedArtifacts(runs) {
  const list = names(runs, (run) => run.artifacts.filter((one) => /^(image\/|text\/html|text\/csv)/.test(one.media_type)), (one) => one.name);
  return list.map((name) => ({ name, of: runs.map((run) => run.artifacts.filter((one) => one.name === name).sort((a, b) => b.attempt - a.attempt)[0] ?? null) }));
}
