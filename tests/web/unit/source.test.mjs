// What the page's own source must hold to, and what it weighs.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const root = path.resolve(import.meta.dirname, '../../../daemon/dashboard');
const files = fs.readdirSync(root, { recursive: true }).filter((file) => /\.(js|html|css|svg)$/.test(file) && !file.startsWith('vendor'));
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

test('no text becomes markup, no code is made from text', () => {
  for (const file of files)
    assert.doesNotMatch(read(file), /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function|srcdoc/, file);
});
test('nothing is fetched from elsewhere', () => {
  for (const file of files)
    for (const [address] of read(file).matchAll(/https?:\/\/[^\s'"`)\\]+/g)) assert.match(address, /^http:\/\/www\.w3\.org\//, `${file}: ${address}`);
});
test('the document has no inline script and no inline style', () => {
  const text = read('index.html');
  assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
});
test('files stay readable', () => {
  for (const file of files.filter((name) => name.endsWith('.js'))) assert.ok(read(file).split('\n').length <= 250, file);
});

/** The modules that a file needs before it runs. */
function needed(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, to] of fs.readFileSync(path.join(root, file), 'utf8').matchAll(/(?:import|export)\s*(?:[^'"()]*?from\s*)?["'](\.[^"']+)["']/g))
    needed(path.normalize(path.join(path.dirname(file), to)), seen);
  return seen;
}
test('the first view of the overview takes at most 80 KB', (context) => {
  const all = new Set(['index.html', 'style.css', 'icon.svg', 'theme_early.js', ...needed('app.js'), ...needed('pages/overview.js')]);
  const size = [...all].reduce((sum, file) => sum + gzipSync(fs.readFileSync(path.join(root, file)), { level: 9 }).length, 0);
  context.diagnostic(`${size} bytes in ${all.size} files`);
  assert.ok(![...all].some((file) => file.includes('uplot')));
  assert.ok(size <= 80_000, `${size} bytes`);
});
