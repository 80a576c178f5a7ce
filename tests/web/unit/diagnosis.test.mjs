import { test } from 'node:test';
import assert from 'node:assert/strict';
import { diagnosesOf, padding } from '../../../daemon/dashboard/pipeline/diagnosis.js';

test('errors are taken apart with their lines, columns, lengths and hints', () => {
  const text = "a.yaml:1:1: error: 'watch' is missing\n    1 | version: 1\n      | ^ say where\na.yaml:12:3: error: unknown key 'imagee'\n   12 | \timagee: x\n      | \t ^~~~~~ did you mean 'image'?\n2 errors\n";
  assert.deepEqual(diagnosesOf(text), [
    { line: 1, column: 1, length: 1, message: "'watch' is missing", hint: 'say where' },
    { line: 12, column: 3, length: 6, message: "unknown key 'imagee'", hint: "did you mean 'image'?" },
  ]);
});
test('an error of the whole file has no line', () => {
  assert.deepEqual(diagnosesOf('a.yaml: error: watch path /x overlaps\n  move it\n'), [{ line: 0, column: 1, length: 1, message: 'watch path /x overlaps', hint: 'move it' }]);
});
test('a line that looks like an error is none', () => {
  assert.equal(diagnosesOf('a.yaml:2:1: error: bad\n    2 | b.yaml:9:9: error: no\n      | ^\n').length, 1);
  assert.deepEqual(diagnosesOf(null), []);
});
test('the caret stands below its column', () => {
  assert.equal(padding('\tä: x', 3), '\t ');
});
