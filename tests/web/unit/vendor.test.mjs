// What lies in vendor/ is what the packages hold, but for what its README names.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const vendor = path.resolve(import.meta.dirname, '../../../daemon/dashboard/vendor');
const packages = path.resolve(import.meta.dirname, '../node_modules');
const imports = { 'preact/hooks': './hooks.js', preact: './preact.js', '@preact/signals-core': './signals-core.js' };
const module = (text) => {
  let made = text.replace(/^\/\/# sourceMappingURL.*\n?/gm, '');
  for (const [bare, relative] of Object.entries(imports)) made = made.replaceAll(`"${bare}"`, `"${relative}"`);
  return made;
};
const same = (text) => text;
const from = {
  'preact.js': ['preact/dist/preact.mjs', module],
  'hooks.js': ['preact/hooks/dist/hooks.mjs', module],
  'signals-core.js': ['@preact/signals-core/dist/signals-core.mjs', module],
  'signals.js': ['@preact/signals/dist/signals.mjs', module],
  'htm.js': ['htm/dist/htm.mjs', module],
  'uplot.js': ['uplot/dist/uPlot.iife.min.js', (text) => `${text}\nexport default uPlot;\n`],
  'uplot.css': ['uplot/dist/uPlot.min.css', same],
};
const read = (...parts) => fs.readFileSync(path.join(...parts), 'utf8');

test('nothing else lies there', () => {
  const files = fs.readdirSync(vendor).filter((name) => /\.(js|css)$/.test(name)).sort();
  assert.deepEqual(files, Object.keys(from).sort());
});
for (const [file, [source, change]] of Object.entries(from)) {
  test(`${file} is the package's, and the README has its hash`, () => {
    const text = read(vendor, file);
    assert.equal(text.trimEnd(), change(read(packages, source)).trimEnd());
    assert.ok(read(vendor, 'README.md').includes(`${createHash('sha256').update(text).digest('hex')}  ${file}`));
  });
}
