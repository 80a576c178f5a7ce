// What comes from elsewhere: buckets, images that are pulled, and a daemon that is away for a while.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Daemon, bin, image, until } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';
import { SlowRegistry } from '../registry.mjs';

const pictures = path.resolve(import.meta.dirname, '../../../build/test-reports/screenshots');
let daemon;
let browser;
let bucket;
let endpoint;
before(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  bucket = spawn(path.join(bin, 's3-fault-server'), ['--make-bucket', 'lab-data'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(createInterface({ input: bucket.stdout }), 'line');
  endpoint = `http://127.0.0.1:${port}`;
  daemon = new Daemon();
  const keys = path.join(daemon.dir, 'keys');
  fs.writeFileSync(keys, '[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = secret\n');
  daemon.moreConfig = `s3: {acme: {endpoint: "${endpoint}", credentials: "file:${keys}"}}\n`;
  await daemon.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
  if (bucket && bucket.exitCode === null) {
    bucket.kill('SIGTERM');
    await once(bucket, 'exit');
  }
});

const put = (key, text) => fetch(`${endpoint}/lab-data/${key.split('/').map(encodeURIComponent).join('/')}`, { method: 'PUT', body: text }).then((answer) => assert.ok(answer.ok, String(answer.status)));

test('a bucket is a source like any other: objects, runs, why, and what goes wrong with it', async () => {
  await daemon.register('objects', `version: 1
name: objects
watch: {s3: "s3://lab-data/in/", every: 1s, existing: run}
image: ${image}
pull_policy: never
command: ["sh", "-c", "wc -c < \\"$$1\\"", "sh", "\${input.path}"]
`);
  await put('in/2026 ä+b.csv', 'a,b\n1,2\n');
  const run = await daemon.newest('objects');
  assert.equal(run.state, 'succeeded', daemon.log());
  const { page, context, problems } = await open(browser, daemon, '/system');
  const row = page.locator('tr', { hasText: 's3://lab-data/in/' });
  await row.locator('[data-state]', { hasText: 'watching' }).waitFor();
  await page.screenshot({ path: path.join(pictures, 'system-s3-light.png'), fullPage: true });
  await page.goto(`${daemon.origin}/files`);
  const item = page.locator('tr', { hasText: '2026 ä+b.csv' });
  await item.locator('[data-state=succeeded]').waitFor();
  await item.getByRole('button', { name: 'Why?' }).click();
  const answer = page.locator('.why-answer li').filter({ hasText: 'objects' }).first();
  await answer.waitFor();
  await page.locator('.why-answer').getByRole('link', { name: `Run ${run.run_no}` }).first().waitFor();
  await page.screenshot({ path: path.join(pictures, 'files-s3-light.png'), fullPage: true });
  await page.getByLabel('Path or s3:// address').fill('s3://lab-data/elsewhere/x.csv');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('.why-answer li', { hasText: 's3://lab-data/elsewhere/x.csv' }).waitFor();
  await page.goto(`${daemon.origin}/runs/${run.run_no}`);
  await page.locator('.run-input', { hasText: '2026 ä+b.csv' }).waitFor();
  // The server refuses from now on: the source says so, nothing is taken for removed.
  await fetch(`${endpoint}/-/faults`, { method: 'POST', body: JSON.stringify({ fault: 'access-denied' }) });
  await page.goto(`${daemon.origin}/`);
  await until(async () => {
    await page.reload();
    await page.getByRole('heading', { name: 'Needs a look' }).waitFor();
    return page.locator('.notice', { hasText: 's3://lab-data/in/' }).isVisible();
  }, () => daemon.log(), 60);
  await page.locator('.notice', { hasText: 's3://lab-data/in/' }).getByRole('link').first().click();
  await page.locator('tr', { hasText: 's3://lab-data/in/' }).locator('[data-state=warning], [data-state=error]').waitFor();
  await page.screenshot({ path: path.join(pictures, 'system-s3-refused-light.png'), fullPage: true });
  await fetch(`${endpoint}/-/faults`, { method: 'DELETE' });
  assert.deepEqual(problems, []);
  await context.close();
});

test('the layers of a pull are seen as they come', async () => {
  const registry = await new SlowRegistry(image).start();
  try {
    const folder = path.join(daemon.data, 'pulled');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'a'), 'a');
    await daemon.register('pulled', `version: 1
name: pulled
watch: {path: ${folder}, files: "*", existing: run, settle: 0s}
image: ${registry.image}
command: ["true"]
`);
    const run = await daemon.newest('pulled', (one) => one.state === 'pulling');
    const { page, context, problems } = await open(browser, daemon, `/runs/${run.run_no}`);
    await page.locator('.stage[aria-current=step]', { hasText: 'pulling' }).waitFor();
    const layer = page.locator('.layers li', { hasText: /of 6\.0 MB/ });
    await layer.waitFor();
    const part = () => layer.locator('progress').evaluate((bar) => bar.value / bar.max);
    await until(async () => (await part()) > 0.35, async () => `half of the layer was sent, ${await part()} is shown`, 30);
    assert.ok((await part()) < 0.65, `half of the layer was sent, ${await part()} is shown`);
    assert.ok((await page.locator('.layers li').count()) >= 2);
    await page.locator('.progress-text').waitFor();
    await page.screenshot({ path: path.join(pictures, 'pulling-light.png') });
    registry.release();
    await page.locator('h1 [data-state=succeeded]').waitFor();
    await page.locator('.layers').waitFor({ state: 'detached' });
    assert.deepEqual(problems, []);
    await context.close();
  } finally {
    registry.stop();
    try {
      execFileSync('docker', ['image', 'rm', registry.image], { stdio: 'ignore' });
    } catch {
      // It was never pulled.
    }
  }
});

test('a daemon that is away is told of, and the page goes on by itself when it is back', async () => {
  await daemon.pipeline('back', 'true');
  const { page, context } = await open(browser, daemon, '/runs?q=pipeline%3Aback');
  await page.getByText('No run fits').waitFor();
  await daemon.halt();
  const banner = page.getByText('The connection to the daemon is lost');
  await banner.waitFor();
  // A page that was not loaded before: it cannot come now.
  await page.getByRole('link', { name: 'Coverage' }).click();
  await page.getByRole('alert').waitFor();
  await page.screenshot({ path: path.join(pictures, 'away-light.png') });
  daemon.drop('back', 'a');
  await daemon.start();
  await banner.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Coverage' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.locator('[data-state=succeeded]').first().waitFor();
  await context.close();
});
