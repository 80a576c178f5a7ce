import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isNumeric, parseCsv } from '../../../daemon/dashboard/csv.js';

const rows = (text, most = 100, cut = false) => parseCsv(text, most, cut).rows;

test('quotes, doubled quotes, commas and line ends inside of fields', () => {
  assert.deepEqual(rows('a,b\r\n"x, ""y""\nz",2\n'), [['a', 'b'], ['x, "y"\nz', '2']]);
});
test('empty fields stay, blank lines go', () => {
  assert.deepEqual(rows('a,,\n\n,b,\n'), [['a', '', ''], ['', 'b', '']]);
});
test('an empty quoted field is a row', () => {
  assert.deepEqual(rows('""\n'), [['']]);
});
test('a mark of the byte order is no part of the first name', () => {
  assert.deepEqual(rows('\ufeffa,b\n'), [['a', 'b']]);
});
test('tabs and semicolons are found by the header', () => {
  assert.deepEqual(rows('a\tb\n1\t2\n'), [['a', 'b'], ['1', '2']]);
  assert.deepEqual(rows('a;b;c\n1;2;3,5\n'), [['a', 'b', 'c'], ['1', '2', '3,5']]);
});
test('it stops at the wanted number of rows and says that there is more', () => {
  assert.deepEqual(parseCsv('a\n1\n2\n3\n', 2), { rows: [['a'], ['1']], more: true });
  assert.deepEqual(parseCsv('a\n1\n', 2), { rows: [['a'], ['1']], more: false });
});
test('the last row of a text that was cut is left out', () => {
  assert.deepEqual(parseCsv('a,b\n1,2\n3,', 10, true), { rows: [['a', 'b'], ['1', '2']], more: true });
});
test('a last row without a line end is whole', () => {
  assert.deepEqual(rows('a,b\n1,2'), [['a', 'b'], ['1', '2']]);
});
test('columns of numbers are told from others', () => {
  const table = [['1', 'x', ''], ['-2.5e3', '1', 'NA'], ['NA', '2', '']];
  assert.deepEqual([0, 1, 2].map((column) => isNumeric(table, column)), [true, false, false]);
});
