// Latest and its kiosk, the run's buttons, stages and streams, the print, and a daemon that stops and comes back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, until } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';

const pictures = path.resolve(import.meta.dirname, '../../../build/test-reports/screenshots');
let daemon;
let browser;
let run;
before(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  daemon = new Daemon();
  await daemon.start();
  browser = await launch();
  const report = 'printf "<h1>$(cat "$1")</h1>" > /out/report.html; echo n=12345 >> "$TIDEWHEEL_OUTPUTS"; echo to stdout; echo to stderr >&2; case $1 in *bad*) exit 3;; esac';
  for (const name of ['first', 'second']) {
    await daemon.pipeline(name, report, `title: The ${name}\noutputs: {n: {type: int}}\nartifacts: {report.html: {role: report}}\n`);
    daemon.drop(name, 'good.csv', `report of ${name}`);
    run = await daemon.newest(name);
    assert.equal(run.state, 'succeeded', daemon.log());
  }
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});

test('a kiosk shows one result at a time, large, without the frame, and turns the pages', async () => {
  const { page, context, problems } = await open(browser, daemon, '/');
  await page.clock.install();
  await page.goto(`${daemon.origin}/latest?kiosk=60`);
  await page.getByRole('region', { name: 'The first' }).waitFor();
  assert.equal(await page.locator('.latest').count(), 1);
  assert.equal(await page.locator('.top').isVisible(), false);
  await page.getByText('1 of 2').waitFor();
  assert.ok((await page.locator('iframe.report').boundingBox()).height > 400);
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'a screen on the wall cannot be scrolled');
  await page.screenshot({ path: path.join(pictures, 'kiosk.png') });
  await page.clock.fastForward(61_000);
  await page.getByRole('region', { name: 'The second' }).waitFor();
  await page.clock.fastForward(61_000);
  await page.getByRole('region', { name: 'The first' }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test('a stale result never looks fresh', async () => {
  const { page, context } = await open(browser, daemon, '/latest');
  const result = page.getByRole('region', { name: 'The second' });
  await result.getByText('up to date').waitFor();
  daemon.drop('second', 'bad.csv', 'bad');
  await result.getByText('not the newest').waitFor();
  await result.locator('.freshness [data-state=failed]').waitFor();
  assert.equal(await result.getByText('up to date').count(), 0);
  assert.match(await result.getAttribute('class'), /is-stale/);
  await page.screenshot({ path: path.join(pictures, 'latest-stale.png'), fullPage: true });
  await page.getByRole('region', { name: 'The first' }).getByText('up to date').waitFor();
  await context.close();
});

test('a run is retried and run again from its page', async () => {
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  for (const action of ['Retry', 'Rerun']) {
    const before = page.url();
    await page.getByRole('button', { name: action }).click();
    await page.getByRole('dialog').getByRole('button', { name: action }).click();
    await page.waitForURL((url) => url.href !== before && /\/runs\/\d+$/.test(url.pathname));
    await page.locator('h1 [data-state=succeeded]').waitFor();
    const of = Number(/\d+$/.exec(before)[0]);
    await page.getByText(`Again of ${of}`).waitFor();
  }
  await context.close();
});

test('a run is pinned and unpinned, and says what retention took', async () => {
  const { page, context, problems } = await open(browser, daemon, `/runs/${run.run_no}`);
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByRole('button', { name: 'Unpin' }).waitFor();
  await page.getByText('Pinned', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Unpin' }).click();
  await page.getByRole('button', { name: 'Pin', exact: true }).waitFor();
  // The answer as it is for a run whose time has come.
  await page.route(`**/api/v1/runs/${run.run_no}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), artifacts_removed_at: '2026-01-02T03:04:05.000Z' } });
  });
  await page.reload();
  await page.getByText(/Retention removed them/).waitFor();
  assert.equal(await page.locator('iframe.report').count(), 0);
  assert.deepEqual(problems, []);
  await context.close();
});

test('the streams of a log are shown together and alone', async () => {
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  const texts = () => page.locator('.line-text').allTextContents();
  const shows = (lines) => until(async () => JSON.stringify((await texts()).sort()) === JSON.stringify(lines), async () => JSON.stringify(await texts()), 15);
  await shows(['to stderr', 'to stdout']);
  const streams = page.getByRole('group', { name: 'Streams' });
  await streams.getByRole('button', { name: 'stderr' }).click();
  await shows(['to stderr']);
  await streams.getByRole('button', { name: 'stdout' }).click();
  await shows(['to stdout']);
  assert.equal(await streams.getByRole('button', { name: 'stdout' }).getAttribute('aria-pressed'), 'true');
  await streams.getByRole('button', { name: 'both' }).click();
  await shows(['to stderr', 'to stdout']);
  await context.close();
});

test('the stages begin where the change was noticed', async () => {
  await daemon.pipeline('slow-file', 'true');
  const yaml = path.join(daemon.pipelines, 'slow-file.yaml');
  fs.writeFileSync(yaml, fs.readFileSync(yaml, 'utf8').replace('settle: 0s', 'settle: 1s'));
  await until(async () => (await daemon.json('pipelines')).pipelines.some((one) => one.name === 'slow-file' && one.revision === 2), 'its revision 2');
  daemon.drop('slow-file', 'a');
  const made = await daemon.newest('slow-file');
  const { page, context } = await open(browser, daemon, `/runs/${made.run_no}`);
  const stages = page.getByRole('region', { name: 'Stages' }).locator('.stage');
  await stages.first().waitFor();
  assert.deepEqual((await stages.locator('.stage-name').allTextContents()).slice(0, 3), ['detected', 'settled', 'queued']);
  const [detected, settled] = await Promise.all([0, 1].map((i) => stages.nth(i).getAttribute('data-began')));
  assert.ok(Date.parse(settled) - Date.parse(detected) >= 900, `${detected} to ${settled}`);
  await context.close();
});

test('a printed run is its content without the controls', async () => {
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`, { colorScheme: 'dark' });
  await page.locator('.output dd', { hasText: '12 345' }).waitFor();
  await page.locator('.line').first().waitFor();
  await page.emulateMedia({ media: 'print' });
  for (const part of ['.top', '.buttons', '.log-tools', '.siblings']) assert.equal(await page.locator(part).first().isVisible(), false, part);
  for (const part of ['h1', '.stages', '.output', '.line']) assert.equal(await page.locator(part).first().isVisible(), true, part);
  // Ink on paper, also for those who read in the dark.
  const luminance = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(luminance, 'rgb(255, 255, 255)');
  assert.match(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).color), /^rgb\((\d|[1-5]\d), /);
  assert.ok((await page.pdf({ path: path.join(pictures, 'run-print.pdf') })).length > 10_000);
  await page.screenshot({ path: path.join(pictures, 'run-print.png'), fullPage: true });
  await context.close();
});

test('a daemon that was stopped and started again is followed without a reload', async () => {
  const { page, context } = await open(browser, daemon, '/latest');
  await page.getByRole('region', { name: 'The first' }).getByText('up to date').waitFor();
  await page.evaluate(() => void (window.unbroken = true));
  await daemon.halt();
  await page.getByText('The connection to the daemon is lost').waitFor();
  assert.equal(await page.getByText('up to date').count(), 0, 'a result looks fresh while nobody knows');
  await page.getByRole('region', { name: 'The first' }).getByText('the daemon does not answer').waitFor();
  daemon.drop('first', 'later.csv', 'the report afterwards');
  await daemon.start();
  await page.getByText('The connection to the daemon is lost').waitFor({ state: 'detached', timeout: 40_000 });
  await page.frameLocator('section[aria-label="The first"] iframe.report').getByText('the report afterwards').waitFor({ timeout: 40_000 });
  await page.getByRole('region', { name: 'The first' }).getByText('up to date').waitFor();
  assert.equal(await page.evaluate(() => window.unbroken), true, 'the page was loaded anew');
  await context.close();
});
