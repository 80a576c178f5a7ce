import { test } from 'node:test';
import assert from 'node:assert/strict';
import { plain, spansOf } from '../../../daemon/dashboard/log/ansi.js';

test('text without escapes is one span', () => {
  assert.deepEqual(spansOf('hello <script>'), [{ text: 'hello <script>', classes: '' }]);
});
test('colours and marks last until they are reset', () => {
  assert.deepEqual(spansOf('a\x1b[1;31mb\x1b[0mc'), [
    { text: 'a', classes: '' },
    { text: 'b', classes: 'a-bold a-red' },
    { text: 'c', classes: '' },
  ]);
});
test('an empty code resets', () => {
  assert.deepEqual(spansOf('\x1b[32mx\x1b[my').map((span) => span.classes), ['a-green', '']);
});
test('256 and true colours become one of the sixteen', () => {
  assert.equal(spansOf('\x1b[38;5;196mx')[0].classes, 'a-bright-red');
  assert.equal(spansOf('\x1b[38;2;0;200;0mx')[0].classes, 'a-green');
  assert.equal(spansOf('\x1b[48;5;4mx')[0].classes, 'a-on-blue');
});
test('what follows an extended colour still counts', () => {
  assert.equal(spansOf('\x1b[38;5;2;1mx')[0].classes, 'a-bold a-green');
});
test('titles, links, cursor movements and cut escapes are taken away', () => {
  assert.equal(plain('\x1b]0;evil title\x07a\x1b[2K\x1b[?25l\x1b[10;20Hb\x1b]8;;http://x\x1b\\c\x1b]8;;\x1b\\d\x1b[3'), 'abcd');
});
test('a class never holds anything from the log', () => {
  const line = '\x1b[31"onload=alert(1)mtext';
  for (const span of spansOf(line)) assert.match(span.classes, /^[a-z -]*$/);
});
test('a progress bar shows its last state', () => {
  assert.equal(plain('10 %\r50 %\r100 %'), '100 %');
  assert.equal(plain('a line of Windows\r'), 'a line of Windows');
});
test('control characters are shown as what they are not', () => {
  assert.equal(plain('a\x00b\x08c\td'), 'a\ufffdb\ufffdc\td');
});
