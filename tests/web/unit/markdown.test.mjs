import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseInline, parseMarkdown } from '../../../daemon/dashboard/markdown.js';

const kinds = (text) => parseMarkdown(text).map((block) => block.kind);

test('blocks are told apart', () => {
  assert.deepEqual(kinds('# A\n\ntext\nmore\n\n- x\n- y\n\n1. z\n\n> q\n\n```r\ncode\n```\n\n---\n'), ['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'rule']);
});
test('what looks like a tag is text', () => {
  assert.deepEqual(parseMarkdown('<img src=x onerror=alert(1)>'), [{ kind: 'paragraph', parts: [{ kind: 'text', text: '<img src=x onerror=alert(1)>' }] }]);
});
test('only links to the web are links', () => {
  assert.equal(parseInline('[a](https://example.org/x)')[0].kind, 'link');
  for (const href of ['javascript:alert(1)', 'data:text/html,x', '/runs/1', 'JaVaScRiPt:x', ' https://x'])
    assert.ok(parseInline(`[a](${href})`).every((part) => part.kind !== 'link'), href);
});
test('emphasis nests, code does not', () => {
  assert.deepEqual(parseInline('**a *b* `**c**`**')[0].kind, 'strong');
  assert.deepEqual(parseInline('`**c**`'), [{ kind: 'code', text: '**c**' }]);
  assert.deepEqual(parseInline('snake_case_name'), [{ kind: 'text', text: 'snake_case_name' }]);
});
test('a table has a head and rows', () => {
  const [table] = parseMarkdown('| a | b |\n|---|--:|\n| 1 | 2 |\n');
  assert.equal(table.kind, 'table');
  assert.equal(table.rows.length, 1);
});
test('a fence that is never closed ends with the text', () => {
  assert.deepEqual(parseMarkdown('```\na\nb'), [{ kind: 'code', text: 'a\nb' }]);
});
test('every line of odd text comes to an end', () => {
  for (const text of ['|', '||\n||', '#', '#x', '-', '>', '``', '`'.repeat(10_000), '*'.repeat(3000), '['.repeat(3000), '- \n- \n  -'])
    assert.ok(Array.isArray(parseMarkdown(text)), text.slice(0, 20));
});
