// A pipeline's page: its file with errors, what it expects and tells, its charts and revisions, pause; many runs at once.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, image, until } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';

let daemon;
let browser;
before(async () => {
  daemon = new Daemon();
  const secret = path.join(daemon.dir, 'ops.secret');
  fs.writeFileSync(secret, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n', { mode: 0o600 });
  daemon.moreConfig = `webhooks: {ops: {url: "http://127.0.0.1:9/", secret: "file:${secret}", pipelines: ["*"]}}\n`;
  await daemon.start();
  browser = await launch();
  // It is overdue a minute after its file, which the last test waits for.
  await daemon.pipeline('due', 'echo n=1 >> $TIDEWHEEL_OUTPUTS', 'outputs: {n: {type: int}}\nexpect: {at_least_every: 1m}\nnotify: {events: [failed, overdue], webhook: ops}\n');
  daemon.drop('due', 'a');
  await daemon.newest('due');
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});
const file = (name) => path.join(daemon.pipelines, `${name}.yaml`);
const edit = (name, change) => fs.writeFileSync(file(name), change(fs.readFileSync(file(name), 'utf8')));
const pipelineIs = (name, fits) => until(async () => (await daemon.json('pipelines')).pipelines.some((one) => one.name === name && fits(one)), () => daemon.log());

test('a file with errors is shown with each error at its line, and the overview leads there', async () => {
  fs.writeFileSync(file('wrong'), `version: 1\nname: wrong\n# <b>bold</b>\nimagee: ${image}\nwatch: {path: ${daemon.data}, existing: skip}\n`);
  await pipelineIs('wrong', (one) => one.state === 'invalid');
  const { page, context, problems } = await open(browser, daemon, '/');
  await page.getByRole('link', { name: 'wrong.yaml has errors' }).click();
  await page.waitForURL('**/pipelines/wrong#yaml');
  const code = page.getByRole('region', { name: 'File with errors' });
  await code.waitFor();
  assert.equal(await code.locator('#yaml-L4 code').textContent(), `imagee: ${image}`);
  const mark = code.locator('#yaml-L4 + .diagnosis');
  assert.match(await mark.textContent(), /\^~~~~~unknown key 'imagee'.*image/);
  assert.equal(await mark.locator('b').textContent(), '^~~~~~');
  const [at, below] = await Promise.all([code.locator('#yaml-L4 code'), mark.locator('b')].map((one) => one.boundingBox()));
  assert.ok(Math.abs(at.x - below.x) < 1, 'the caret is not below its word');
  assert.equal(await code.locator('> div:not(.diagnosis)').count(), 5);
  assert.equal(await code.locator('div', { hasText: '<b>bold</b>' }).first().isVisible(), true);
  await page.getByRole('link', { name: 'Line 4' }).click();
  assert.ok(page.url().endsWith('#yaml-L4'));
  assert.deepEqual(problems, []);
  await context.close();
});

test('a file without a name is found under its own', async () => {
  fs.writeFileSync(file('no name'), 'version: 1\nname: [\n');
  await pipelineIs('no name.yaml', (one) => one.state === 'invalid');
  const { page, context } = await open(browser, daemon, '/');
  await page.getByRole('link', { name: 'no name.yaml has errors' }).click();
  await page.locator('.diagnosis').first().waitFor();
  fs.rmSync(file('no name'));
  await context.close();
});

test('an error in a newer file is shown beside the revision that stays live', async () => {
  await daemon.pipeline('edited', 'true');
  edit('edited', (text) => `${text}timeuot: 10m\n`);
  await pipelineIs('edited', (one) => one.diagnostics);
  const { page, context } = await open(browser, daemon, '/pipelines/edited');
  await page.getByText('the revision before it stays live').waitFor();
  assert.equal(await page.getByRole('region', { name: 'File with errors' }).locator('.diagnosed code').textContent(), 'timeuot: 10m');
  assert.equal(await page.getByRole('region', { name: 'YAML', exact: true }).getByText('timeuot').count(), 0);
  await context.close();
});

test('what is expected is said in words, and who is told of what', async () => {
  const { page, context } = await open(browser, daemon, '/pipelines/due');
  await page.locator('[data-expect]', { hasText: 'at least every 1m' }).waitFor();
  await page.getByText('webhook ops, when runs begin to fail, or data is overdue').waitFor();
  await context.close();
});

test('charts mark another revision and another image, and a click on a point opens its run', async () => {
  const other = `tidewheel-web-test:${process.pid}`;
  execFileSync('docker', ['build', '-q', '-t', other, '-'], { input: `FROM ${image}\nLABEL of="tests/web"\n`, stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  try {
    await daemon.pipeline('charted', 'echo "n=$(wc -c < "$1")" >> "$TIDEWHEEL_OUTPUTS"', 'outputs: {n: {type: int}}\n');
    for (let i = 1; i <= 6; ++i) {
      if (i === 3) edit('charted', (text) => `${text}title: Charted\n`), await pipelineIs('charted', (one) => one.revision === 2);
      if (i === 5) edit('charted', (text) => text.replace(image, other)), await pipelineIs('charted', (one) => one.revision === 3);
      daemon.drop('charted', `${i}.csv`, 'x'.repeat(i * 10));
      await daemon.newest('charted', (one) => one.state === 'succeeded' && one.input.key === `${i}.csv`);
    }
    const { runs } = await daemon.json('runs', '--pipeline', 'charted');
    const { page, context, problems } = await open(browser, daemon, '/pipelines/charted');
    await page.locator('.marks li', { hasText: 'revision 2' }).waitFor();
    assert.equal(await page.locator('.marks li', { hasText: 'image' }).locator('a').textContent(), `run ${runs[1].run_no}`);
    const chart = page.getByRole('img', { name: /^n: 6 points/ });
    const box = await chart.locator('.u-over').boundingBox();
    // The first point is at the left end of the plot.
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    await page.locator('.chart', { has: chart }).getByText(`run ${runs.at(-1).run_no}`).waitFor();
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await page.waitForURL(`**/runs/${runs.at(-1).run_no}`);
    // What a revision changed.
    await page.goto(`${daemon.origin}/pipelines/charted`);
    await page.getByRole('button', { name: 'What revision 2 changed' }).click();
    const diff = page.getByRole('dialog').locator('.diff');
    await diff.locator('.added', { hasText: 'title: Charted' }).waitFor();
    assert.equal(await diff.locator('.removed').count(), 0);
    assert.deepEqual(problems, []);
    await context.close();
  } finally {
    execFileSync('docker', ['rmi', '-f', other], { stdio: 'ignore' });
  }
});

test('a pipeline is paused and resumed', async () => {
  await daemon.pipeline('rest', 'true');
  const { page, context } = await open(browser, daemon, '/pipelines/rest');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText(/Paused by/).waitFor();
  daemon.drop('rest', 'a');
  const waiting = await daemon.newest('rest', () => true);
  assert.ok(['queued', 'held'].includes(waiting.state), waiting.state);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('tbody [data-state=succeeded]').first().waitFor();
  assert.equal(await page.getByText(/Paused by/).count(), 0);
  await context.close();
});

test('what is done to many runs goes on after one where it cannot be', async () => {
  const folder = await daemon.pipeline('many', 'true');
  await daemon.cli('pause', 'many');
  for (const name of ['a', 'b', 'c']) daemon.drop('many', name);
  const runs = await until(async () => {
    const list = (await daemon.json('runs', '--pipeline', 'many')).runs;
    return list.length === 3 && list;
  }, `three runs over ${folder}`);
  const { page, context } = await open(browser, daemon, '/runs?q=pipeline:many');
  for (const run of runs) await page.getByLabel(`Select run ${run.run_no}`, { exact: true }).check();
  // The connection breaks at the first of them.
  await page.route(`**/api/v1/runs/${runs[0].run_no}/cancel`, (route) => route.abort());
  await page.getByRole('button', { name: 'Cancel runs' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel them' }).click();
  const told = page.locator('.outcome');
  await told.waitFor();
  assert.match(await told.textContent(), new RegExp(`^2 done, 1 failed: run ${runs[0].run_no}: The daemon does not answer`));
  assert.deepEqual(await page.locator('tr.selected a.row-link').allTextContents(), [String(runs[0].run_no)], 'what failed stays selected');
  await until(async () => (await page.locator('tbody [data-state=cancelled]').count()) === 2, 'two cancelled runs', 15);
  // Where all goes well, that is said too.
  await page.unroute('**/cancel');
  await page.getByRole('button', { name: 'Clear' }).click();
  for (const run of runs.slice(1)) await page.getByLabel(`Select run ${run.run_no}`, { exact: true }).check();
  await page.getByRole('button', { name: 'Rerun' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rerun them' }).click();
  await page.locator('.outcome', { hasText: /^2 done(?!,)/ }).waitFor();
  assert.equal(await page.locator('tr.selected').count(), 0);
  await context.close();
});

test('overdue data looks overdue, on its page and on Latest', async () => {
  await pipelineIs('due', (one) => one.expect?.state === 'overdue');
  const { page, context } = await open(browser, daemon, '/pipelines/due');
  await page.locator('[data-expect=overdue]', { hasText: 'at least every 1m' }).getByText('broken').waitFor();
  await page.goto(`${daemon.origin}/latest`);
  const result = page.getByRole('region', { name: 'due' });
  await result.getByText('new data is overdue').waitFor();
  assert.equal(await result.getByText('up to date').count(), 0);
  await context.close();
});
