// One pipeline over its life: charts, revisions, pauses, errors in its file, and what its stakeholders see.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, until } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';

let daemon;
let browser;
const script = 'n=$(cat "$1"); echo "n=$n" >> "$TIDEWHEEL_OUTPUTS"; echo "read $n"; echo careful >&2; echo "<h1>n is $n</h1>" > /out/report.html; [ "$n" -ge 0 ]';
const declared = 'outputs: {n: {type: int, alert: {above: 40}}}\n';
before(async () => {
  daemon = new Daemon();
  await daemon.start();
  browser = await launch();
  await daemon.pipeline('qc', script, declared);
  for (const n of [3, 5, 8, 13]) {
    daemon.drop('qc', `${n}.txt`, String(n));
    await daemon.newest('qc', (one) => one.state === 'succeeded' && one.input.key === `${n}.txt`);
  }
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});

const detail = (run) => daemon.json('show', String(run));

test('another revision is marked in the charts, and what it changed is shown', async () => {
  await daemon.pipeline('qc', script, `${declared}title: Quality of sensors\n`);
  for (const n of [21, 34]) {
    daemon.drop('qc', `${n}.txt`, String(n));
    await daemon.newest('qc', (one) => one.state === 'succeeded' && one.input.key === `${n}.txt`);
  }
  const { page, context, problems } = await open(browser, daemon, '/pipelines/qc');
  await page.getByText('Dashed lines: where another revision').waitFor();
  await page.getByRole('button', { name: 'What revision 2 changed' }).click();
  const changes = page.getByRole('region', { name: 'Differences' });
  await changes.locator('.added', { hasText: 'title: Quality of sensors' }).waitFor();
  assert.equal(await changes.locator('.removed').count(), 0);
  assert.deepEqual(problems, []);
  await context.close();
});

test('a click on a point of a chart opens its run', async () => {
  const { page, context } = await open(browser, daemon, '/pipelines/qc');
  const chart = page.locator('.chart', { has: page.locator('figcaption > b', { hasText: /^n$/ }) });
  const plot = chart.locator('.u-over');
  const { width, height } = await plot.boundingBox();
  await plot.hover({ position: { x: width * 0.02, y: height / 2 } });
  const named = await chart.locator('.chart-value a').textContent();
  await plot.click({ position: { x: width * 0.02, y: height / 2 } });
  await page.waitForURL(/\/runs\/\d+$/);
  assert.equal(`run ${page.url().split('/').at(-1)}`, named);
  assert.equal((await detail(page.url().split('/').at(-1))).outputs[0].value, 3, 'the first point is the oldest run');
  await context.close();
});

test('a pipeline is paused and resumed', async () => {
  const { page, context } = await open(browser, daemon, '/pipelines/qc');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused by').waitFor();
  daemon.drop('qc', 'later.txt', '4');
  const waiting = await daemon.newest('qc', (one) => one.state !== 'succeeded');
  await page.goto(`${daemon.origin}/runs/${waiting.run_no}`);
  await page.getByText(/paused/).first().waitFor();
  await page.goto(`${daemon.origin}/pipelines/qc`);
  await page.getByRole('button', { name: 'Resume' }).click();
  await daemon.newest('qc', (one) => one.run_no === waiting.run_no && one.state === 'succeeded');
  assert.equal(await page.getByText('Paused by').count(), 0);
  await context.close();
});

test('a result that is not the newest never looks fresh', async () => {
  const { page, context } = await open(browser, daemon, '/latest');
  const result = page.getByRole('region', { name: 'Quality of sensors' });
  await result.getByText('up to date').waitFor();
  daemon.drop('qc', 'bad.txt', '-1');
  const bad = await daemon.newest('qc', (one) => one.state === 'failed');
  await result.getByText('not the newest').waitFor(); // without a reload
  await result.getByRole('link', { name: `run ${bad.run_no}` }).waitFor();
  assert.equal(await result.getByText('up to date').count(), 0);
  assert.match(await result.getAttribute('class'), /is-stale/);
  await context.close();
});

test('a failed run is retried and rerun, and says of what it is a retry', async () => {
  const bad = await daemon.newest('qc', (one) => one.state === 'failed');
  const { page, context } = await open(browser, daemon, `/runs/${bad.run_no}`);
  for (const action of ['Retry', 'Rerun']) {
    await page.goto(`${daemon.origin}/runs/${bad.run_no}`);
    await page.getByRole('button', { name: action, exact: true }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: action }).click();
    await page.waitForURL((url) => /\/runs\/\d+$/.test(url.pathname) && !url.pathname.endsWith(`/${bad.run_no}`));
    const made = Number(new URL(page.url()).pathname.split('/').at(-1));
    const run = await until(async () => {
      const found = await detail(made);
      return found.state === 'failed' && found;
    }, 'its end');
    if (action === 'Retry') assert.equal(run.retry_of, bad.run_no);
  }
  await context.close();
});

test('the two streams of a log are shown alone or together', async () => {
  daemon.drop('qc', 'again.txt', '7');
  const good = await daemon.newest('qc', (one) => one.state === 'succeeded');
  const { page, context } = await open(browser, daemon, `/runs/${good.run_no}`);
  const lines = page.locator('.line-text');
  await lines.filter({ hasText: 'careful' }).waitFor();
  assert.equal(await lines.count(), 2);
  await page.getByRole('button', { name: 'stderr' }).click();
  await until(async () => (await lines.allTextContents()).join() === 'careful', async () => (await lines.allTextContents()).join());
  await page.getByRole('button', { name: 'stdout' }).click();
  await until(async () => (await lines.allTextContents()).join() === 'read 7', 'the other one');
  await page.locator('.stage', { hasText: 'detected' }).waitFor();
  await context.close();
});

test('errors of a file stand at their lines, and the way there is on the overview', async () => {
  const file = path.join(daemon.pipelines, 'qc.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('pull_policy: never', 'pull_policy: nevr'));
  const { page, context } = await open(browser, daemon, '/');
  await page.getByRole('link', { name: 'qc.yaml has errors' }).click();
  await page.getByText('the revision before it stays live').waitFor();
  const code = page.getByRole('region', { name: 'YAML' });
  await code.locator('.diagnosed', { hasText: 'nevr' }).waitFor();
  const next = code.locator('.diagnosed + .diagnosis');
  assert.match(await next.textContent(), /pull_policy|nevr/);
  fs.writeFileSync(path.join(daemon.pipelines, 'nameless.yaml'), 'version: 1\nimage: [\n');
  await page.goto(daemon.origin);
  await page.getByRole('link', { name: 'nameless.yaml has errors' }).click();
  await page.getByText('This file is no pipeline.').waitFor();
  await code.getByText('image: [').waitFor();
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('nevr', 'never'));
  await page.goto(`${daemon.origin}/pipelines/qc`);
  await until(async () => (await page.getByText('the revision before it stays live').count()) === 0 || !(await page.reload()), 'the file is whole again');
  await context.close();
});

test('what data is expected and who is told stands on the page', async () => {
  await daemon.pipeline('nightly', 'true', 'expect: {by: "07:30", days: mon-fri, timezone: Europe/Berlin}\n');
  const { page, context } = await open(browser, daemon, '/pipelines/nightly');
  await page.getByText(/by 07:30 Europe\/Berlin on mon/i).waitFor();
  await context.close();
});

test('several runs are started again at once; those that cannot be are told at the end', async () => {
  const { page, context } = await open(browser, daemon, '/runs?q=state%3Afailed');
  await page.locator('tbody tr').first().waitFor();
  const refused = await page.locator('a.row-link').first().textContent();
  await page.route(`**/api/v1/runs/${refused}/rerun`, (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"title":"Conflict","detail":"not now"}' }));
  const boxes = page.locator('tbody input[type=checkbox]');
  const count = await boxes.count();
  assert.ok(count >= 3);
  for (let i = 0; i < 3; ++i) await boxes.nth(i).check();
  await page.getByRole('button', { name: 'Rerun' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rerun them' }).click();
  await page.getByText(`2 done, 1 not (${refused}): not now`).waitFor();
  await context.close();
});

test('a screen on the wall turns from result to result', async () => {
  await daemon.pipeline('second', 'echo "<h1>second</h1>" > /out/report.html');
  daemon.drop('second', 'a');
  await daemon.newest('second');
  const { page, context } = await open(browser, daemon, '/latest?kiosk=5');
  await page.getByText('1 of 2').waitFor();
  assert.equal(await page.locator('header.top').isVisible(), false);
  const first = await page.locator('section.latest').getAttribute('aria-label');
  await page.getByText('2 of 2').waitFor({ timeout: 20_000 });
  assert.notEqual(await page.locator('section.latest').getAttribute('aria-label'), first);
  await context.close();
});

test('printed, a run is its result without the controls', async () => {
  const good = await daemon.newest('second');
  const { page, context } = await open(browser, daemon, `/runs/${good.run_no}`);
  await page.getByRole('button', { name: 'Rerun' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button', { name: 'Rerun' }).isVisible(), false);
  assert.equal(await page.getByRole('heading', { level: 1 }).isVisible(), true);
  await context.close();
});

test('a daemon that is down is said to be, and what came meanwhile is there when it is back', async () => {
  const { page, context } = await open(browser, daemon, '/runs');
  await page.locator('tbody tr').first().waitFor();
  await daemon.halt();
  await page.locator('.banner').waitFor();
  daemon.drop('second', 'while-down');
  await daemon.start();
  await page.locator('.banner').waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByText('while-down').first().waitFor();
  await context.close();
});
