// What changes is on the page without a reload, and nothing is lost when the connection is.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Daemon } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';

let daemon;
let browser;
before(async () => {
  daemon = new Daemon();
  await daemon.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});

/** A script that goes on when the test has put a file into the data folder, which is mounted. */
const gate = (name) => `while [ ! -e /gate/${name} ]; do sleep 0.05; done`;
const gated = () => {
  const folder = path.join(daemon.dir, 'gate');
  fs.mkdirSync(folder, { recursive: true });
  return { folder, volumes: `volumes: [{source: ${folder}, target: /gate}]\n`, pass: (name) => fs.writeFileSync(path.join(folder, name), '') };
};
/** Says whether the document was loaded anew since. */
const mark = (page) => page.evaluate(() => void (window.unbroken = true));
const unbroken = (page) => page.evaluate(() => window.unbroken === true);

test('a dropped file shows as a run, streams its log, and shows its report', async () => {
  const hold = gated();
  await daemon.pipeline('stream', `echo first line; ${gate('a')}; echo second line; ${gate('b')}; echo '<p>the report says hello</p>' > /out/report.html; echo "n=42" >> "$TIDEWHEEL_OUTPUTS"`, `${hold.volumes}outputs: {n: {type: int}}\nartifacts: {report.html: {role: report}}\n`);
  const { page, problems, context } = await open(browser, daemon, '/runs');
  await page.getByText('No run yet').waitFor();
  await mark(page);
  daemon.drop('stream', 'a.csv');
  await page.locator('[data-state=running]').first().waitFor();
  await page.getByText('a.csv').waitFor();
  await page.locator('a.row-link').first().click();
  await page.locator('.line', { hasText: 'first line' }).waitFor();
  hold.pass('a');
  await page.locator('.line', { hasText: 'second line' }).waitFor();
  hold.pass('b');
  await page.locator('h1 [data-state=succeeded]').waitFor();
  await page.locator('.output dd', { hasText: '42' }).waitFor();
  await page.frameLocator('iframe.report').getByText('the report says hello').waitFor();
  assert.ok(await unbroken(page), 'the page was loaded anew');
  assert.deepEqual(problems, []);
  await context.close();
});

test('the overview follows what happens', async () => {
  await daemon.pipeline('quick', 'true');
  const { page, context } = await open(browser, daemon, '/');
  await page.getByText('As it happens').waitFor();
  await mark(page);
  daemon.drop('quick', 'x.csv');
  await page.locator('.feed li', { hasText: 'quick' }).locator('[data-state=succeeded]').waitFor();
  assert.ok(await unbroken(page));
  await context.close();
});

test('who opens a run in its middle sees what was printed before', async () => {
  const hold = gated();
  await daemon.pipeline('middle', `i=0; while [ $i -lt 1200 ]; do echo "early $i"; i=$((i+1)); done; ${gate('m')}; echo late`, hold.volumes);
  daemon.drop('middle', 'a');
  const run = await daemon.newest('middle', (one) => one.state === 'running');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}#L1`);
  await page.locator('.line', { hasText: /early 0$/ }).waitFor();
  await page.locator('.log').evaluate((log) => void (log.scrollTop = log.scrollHeight));
  await page.locator('.line', { hasText: 'early 1199' }).waitFor();
  hold.pass('m');
  await page.locator('.line', { hasText: 'late' }).waitFor();
  await context.close();
});

test('a connection that was cut loses neither a run nor a line', async () => {
  const hold = gated();
  await daemon.pipeline('cut', `echo before; ${gate('c1')}; echo during; echo c2 > /dev/null; ${gate('c2')}; echo afterwards`, hold.volumes);
  daemon.drop('cut', 'a');
  const run = await daemon.newest('cut', (one) => one.state === 'running');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  await page.locator('.line', { hasText: 'before' }).waitFor();
  await mark(page);
  daemon.proxy.cut();
  await page.getByText('The connection to the daemon is lost').waitFor();
  hold.pass('c1');
  daemon.proxy.mend();
  await page.locator('.line', { hasText: 'during' }).waitFor();
  await page.getByText('The connection to the daemon is lost').waitFor({ state: 'detached' });
  hold.pass('c2');
  await page.locator('h1 [data-state=succeeded]').waitFor();
  await page.locator('.line', { hasText: 'afterwards' }).waitFor();
  const texts = await page.locator('.line-text').allTextContents();
  assert.deepEqual(texts, ['before', 'during', 'afterwards']);
  assert.ok(await unbroken(page));
  await context.close();
});

test('a daemon that stood still for a while is followed again', async () => {
  await daemon.pipeline('still', 'true');
  const { page, context } = await open(browser, daemon, '/runs?q=pipeline:still');
  await page.getByText('No run fits').waitFor();
  daemon.process.kill('SIGSTOP');
  daemon.drop('still', 'a');
  daemon.process.kill('SIGCONT');
  await page.locator('[data-state=succeeded]').first().waitFor();
  await context.close();
});

test('a run is cancelled from the page', async () => {
  const hold = gated();
  await daemon.pipeline('cancel', gate('never'), `${hold.volumes}stop_grace_period: 1s\n`);
  daemon.drop('cancel', 'a');
  const run = await daemon.newest('cancel', (one) => one.state === 'running');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.locator('h1 [data-state=cancelled]').waitFor();
  await context.close();
});

test('a run is started from the page with a parameter', async () => {
  const folder = await daemon.pipeline('asked', 'echo "got=$2" >> "$TIDEWHEEL_OUTPUTS"', 'params: {threshold: {type: float, default: 2.5}}\noutputs: {got: {type: float}}\n');
  const file = path.join(daemon.pipelines, 'asked.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"${input.path}"]', '"${input.path}", "${params.threshold}"]'));
  daemon.drop('asked', 'a.csv');
  await daemon.newest('asked');
  const { page, context } = await open(browser, daemon, '/pipelines/asked');
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByLabel(/^Input/).fill(path.join(folder, 'a.csv'));
  await page.getByLabel(/^threshold/).fill('4.25');
  await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('h1 [data-state=succeeded]').waitFor();
  await page.locator('.output dd', { hasText: '4.25' }).waitFor();
  await context.close();
});
