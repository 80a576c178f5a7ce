import { test } from 'node:test';
import assert from 'node:assert/strict';
import { quoted, runList, term, terms, withTerm } from '../../../daemon/dashboard/filter.js';

test('terms are split at blanks, but not in quotes', () => {
  assert.deepEqual(terms(' state:failed  key:"a b.csv" -trigger:manual '), ['state:failed', 'key:"a b.csv"', '-trigger:manual']);
  assert.deepEqual(terms(''), []);
});
test('a quote that is left open ends with the text', () => {
  assert.deepEqual(terms('key:"a b'), ['key:"a b']);
});
test('a term is found and its quotes are undone', () => {
  assert.equal(term('pipeline:qc key:"a \\"b\\" c"', 'key'), 'a "b" c');
  assert.equal(term('pipeline:qc', 'state'), null);
});
test('a state takes the place of another, the rest stays', () => {
  assert.equal(withTerm('state:failed pipeline:qc', 'state', 'succeeded'), 'pipeline:qc state:succeeded');
  assert.equal(withTerm('state:failed pipeline:qc', 'state', null), 'pipeline:qc');
  assert.equal(withTerm('-state:failed', 'state', 'queued'), '-state:failed state:queued');
});
test('a list of values stays a list', () => {
  assert.equal(withTerm('', 'state', 'failed,timed_out'), 'state:failed,timed_out');
});
test('what has blanks or quotes is quoted', () => {
  assert.equal(quoted('a b"c'), '"a b\\"c"');
  assert.equal(quoted('plain'), 'plain');
});
test('runs to compare: whole numbers, each once, six at most', () => {
  assert.deepEqual(runList('3,1,3,x,-2,1.5,4'), [3, 1, 4]);
  assert.deepEqual(runList('1,2,3,4,5,6,7'), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(runList(null), []);
});
