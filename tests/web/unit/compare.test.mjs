import { test } from 'node:test';
import assert from 'node:assert/strict';
import { duration } from '../../../daemon/dashboard/time.js';
import { compareRuns, delta, sharedArtifacts } from '../../../daemon/dashboard/compare.js';

const run = (more) => ({ pipeline: 'qc', state: 'succeeded', reason: 'exit_zero', revision: 1, trigger: 'change', attempts: 1, image: 'a:1', image_id: 'x', params: [], inputs: [], outputs: [], artifacts: [], duration_s: 1, max_rss_bytes: null, cpu_s: null, ...more });

test('what is the same is marked as such', () => {
  const rows = compareRuns([run({ revision: 1 }), run({ revision: 2 })]);
  assert.equal(rows.find((row) => row.name === 'revision').same, false);
  assert.equal(rows.find((row) => row.name === 'pipeline').same, true);
});
test('an output that only one run has is a difference', () => {
  const rows = compareRuns([run({ outputs: [{ name: 'n', value: 3, unit: 'rows' }] }), run({})]);
  const row = rows.find((one) => one.name === 'n');
  assert.deepEqual([row.same, row.values, row.unit], [false, [3, undefined], 'rows']);
});
test('values of any form are compared by what they hold', () => {
  const [a, b] = [{ k: [1, 2] }, { k: [1, 2] }].map((value) => run({ outputs: [{ name: 'j', value }] }));
  assert.equal(compareRuns([a, b]).find((row) => row.name === 'j').same, true);
});
test('rows that nobody has a value for are left out', () => {
  assert.equal(compareRuns([run({}), run({})]).some((row) => row.name === 'peak memory'), false);
});
test('differences are told with their share', () => {
  assert.equal(delta(110, 100), '+10 (+10 %)');
  assert.equal(delta(99, 100), '−1 (−1.0 %)');
  assert.equal(delta(1, 0), '+1');
  assert.equal(delta(1, 1), '');
  assert.equal(delta('a', 1), '');
  assert.equal(delta(21_500, 1_500), '+20\u202f000 (+1333 %)');
  assert.equal(delta(0.19, 0.2, duration), '−10 ms (−5.0 %)');
});
test('artifacts stand side by side by name, the newest attempt of each', () => {
  const one = (attempt) => ({ name: 'p.png', media_type: 'image/png', attempt });
  const [row] = sharedArtifacts([run({ artifacts: [one(1), one(2)] }), run({})]);
  assert.deepEqual([row.name, row.of[0].attempt, row.of[1]], ['p.png', 2, null]);
});
