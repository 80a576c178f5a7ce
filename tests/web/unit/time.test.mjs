import { test } from 'node:test';
import assert from 'node:assert/strict';
import { absolute, bytes, count, duration, relative, value } from '../../../daemon/dashboard/time.js';

test('durations have two units at most', () => {
  const cases = [[0, '0 ms'], [0.0123, '12 ms'], [0.5, '0.5 s'], [9.96, '10 s'], [59.4, '59 s'], [59.6, '1 min'], [61, '1 min 1 s'], [3600, '1 h'], [3661, '1 h 1 min'], [90_000, '1 d 1 h'], [-1, '0 s'], [NaN, '–']];
  for (const [seconds, text] of cases) assert.equal(duration(seconds), text);
});
test('times are told from now, in both directions', () => {
  const now = Date.parse('2026-11-01T12:00:00Z');
  const cases = [['2026-11-01T11:59:55Z', 'now'], ['2026-11-01T11:59:30Z', '30 s ago'], ['2026-11-01T11:00:00Z', '1 h ago'], ['2026-10-29T12:00:00Z', '3 d ago'], ['2026-11-01T12:05:30Z', 'in 5 min'], ['2026-01-01T12:00:00Z', '9 mo ago'], ['nonsense', '–']];
  for (const [iso, text] of cases) assert.equal(relative(iso, now), text);
});
test('an absolute time names its zone', () => {
  assert.match(absolute('2026-11-01T12:00:00Z'), /^2026-1[01]-\d\d \d\d:\d\d:00 (UTC|[+-]\d\d:\d\d)$/);
  assert.equal(absolute('<script>'), '<script>');
});
test('sizes are decimal, as the daemon takes them', () => {
  const cases = [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [12_345, '12 kB'], [999_600, '1.0 MB'], [5e9, '5.0 GB'], [null, '–']];
  for (const [size, text] of cases) assert.equal(bytes(size), text);
});
test('counts are grouped, values keep what they are', () => {
  assert.equal(count(1234567).replace(/\s/g, ' '), '1 234 567');
  assert.equal(value(3.14159265), '3.14159');
  assert.equal(value(0), '0');
  assert.equal(value(false), 'false');
  assert.equal(value(null), '–');
  assert.equal(value({ a: 1 }), '{"a":1}');
});
test('no line break parts a number', () => {
  assert.equal(count(12345), '12\u202f345');
});
test('a large number keeps all digits before its point', () => {
  assert.equal(value(1234567.891), '1\u202f234\u202f568');
  assert.equal(value(-12345.678), '-12\u202f345.7');
  assert.equal(value(999.4567891), '999.457');
  assert.equal(value(0.000012345678), '0.0000123457');
  assert.equal(value(1e21 + 0.5), '1e+21');
});
