// Every page in both colour schemes, on a phone, with the keyboard only; pictures of them all.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { Daemon, until } from '../daemon.mjs';
import { launch, open } from '../browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = path.resolve(import.meta.dirname, '../../../build/test-reports/screenshots');
let daemon;
let browser;
let pages;
before(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  daemon = new Daemon();
  await daemon.start();
  browser = await launch();
  const report = `<!doctype html><h1>Quality</h1><svg width=300 height=90><polyline fill=none stroke=teal points="0,80 90,20 180,60 280,10"/></svg>`;
  await daemon.pipeline('sensor-qc', `n=$(wc -c < "$1"); printf '\\033[1;32mread\\033[0m %s\\n' "$n"; echo careful >&2; echo "n=$n" >> "$TIDEWHEEL_OUTPUTS"; echo "outliers=$((n*7%60))" >> "$TIDEWHEEL_OUTPUTS"; printf '%s' '${report}' > /out/report.html; printf 'time,value\\n1,2.5\\n2,3\\n' > /out/table.csv; printf '# Summary\\n\\nAll **fine**.\\n' > /out/summary.md`, 'title: Sensor quality control\nowner: ana@example.org\ntags: [sensors]\nparams: {threshold: {type: float, default: 2.5, help: cut-off}}\noutputs: {n: {type: int}, outliers: {type: int, alert: {above: 40}}}\nartifacts: {report.html: {role: report, title: Daily report}}\n');
  await daemon.pipeline('broken', 'echo "cannot read" >&2; exit 3');
  fs.writeFileSync(path.join(daemon.pipelines, 'wrong.yaml'), 'version: 1\nname: wrong\nimagee: x\n');
  for (let day = 1; day <= 8; day += 1) {
    daemon.drop('sensor-qc', `2026-11-0${day}.csv`, 'x'.repeat(day * 13));
    await daemon.newest('sensor-qc', (one) => one.state === 'succeeded' && one.input.key.includes(`0${day}`));
  }
  const long = 'river-gauges-of-the-upper-and-the-lower-basin';
  await daemon.pipeline(long, `echo "discharge_in_the_last_twenty_four_hours=1234567.891" >> "$TIDEWHEEL_OUTPUTS"; echo "station=The station below the old bridge, left bank" >> "$TIDEWHEEL_OUTPUTS"; i=0; while [ $i -lt 9 ]; do echo "$i $(printf '%0300d' $i)"; i=$((i+1)); done`, `title: Gauges of the rivers in the upper and the lower basin, checked against their neighbours\nowner: hydrology-and-flood-warning@water-authority.example.org\ntags: [rivers, flood-warning, upper-basin, lower-basin, hourly]\noutputs: {discharge_in_the_last_twenty_four_hours: {type: float, unit: cubic metres}, station: {type: string}}\nexpect: {by: "07:30", days: mon-fri, timezone: Europe/Berlin, min: 200}\n`);
  daemon.drop(long, `${'gauge-readings-with-all-corrections-'.repeat(5)}2026-11-08T06-00.csv`, 'x'.repeat(1_234_567));
  const longest = await daemon.newest(long);
  daemon.drop('broken', 'empty.csv', '');
  const failed = await daemon.newest('broken');
  const good = await daemon.newest('sensor-qc');
  pages = { overview: '/', pipelines: '/pipelines', pipeline: '/pipelines/sensor-qc', invalid: '/pipelines/wrong', runs: '/runs', run: `/runs/${good.run_no}`, 'failed-run': `/runs/${failed.run_no}`, compare: `/compare?runs=${good.run_no},${good.run_no - 1}`, files: '/files', 'long-run': `/runs/${longest.run_no}`, 'long-pipeline': `/pipelines/${long}`, latest: '/latest', coverage: '/coverage', system: '/system', 'sign-in': '/sign-in' };
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});

/** Waits until a page shows what it has. */
async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
}

for (const colorScheme of ['light', 'dark']) {
  test(`no page has a serious barrier, in ${colorScheme} colours`, async () => {
    const { page, context, problems } = await open(browser, daemon, '/', { colorScheme, bypassCSP: true });
    const found = [];
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(daemon.origin + address);
      await settled(page);
      await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], iframes: false }));
      for (const one of violations) if (['serious', 'critical'].includes(one.impact)) found.push(`${name}: ${one.id}: ${one.nodes[0].html}: ${one.nodes[0].failureSummary}`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test('nothing scrolls sideways at 390 px', async () => {
  const { page, context } = await open(browser, daemon, '/', { viewport: { width: 390, height: 844 } });
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(daemon.origin + address);
    await settled(page);
    await page.screenshot({ path: path.join(pictures, `${name}-390.png`), fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0, name);
  }
  await context.close();
});

test('the keyboard is enough: go, move, select, compare, search, help', async () => {
  const { page, context } = await open(browser, daemon, '/');
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL('**/runs');
  await page.locator('tbody [data-row]').first().waitFor();
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
  assert.equal(await page.locator('tr.selected').count(), 2);
  await page.getByRole('button', { name: 'Compare' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/compare?runs=*');
  await page.getByRole('region', { name: 'Comparison' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL('**/runs');
  const filter = page.getByLabel('Filter runs');
  await filter.waitFor();
  // The page hears keys a moment after it is drawn.
  await until(async () => (await filter.evaluate((field) => field === document.activeElement)) || (await page.keyboard.press('/'), false), 'the filter takes no focus', 10);
  await page.keyboard.type('state:failed');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/runs?q=state%3Afailed');
  await page.locator('[data-state=failed]').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let i = 0; i < 5; i += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => !document.activeElement || document.activeElement === document.body || !!document.activeElement.closest('dialog')), 'the focus left the dialog');
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/\d+$/);
  await context.close();
});

test('the chosen colours are kept', async () => {
  const { page, context } = await open(browser, daemon, '/', { colorScheme: 'dark' });
  await page.getByRole('button', { name: /Colours/ }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'light');
  await context.close();
});

test('a wrong filter says what is wrong and where', async () => {
  const { page, context } = await open(browser, daemon, '/runs?q=stat%3Afailed');
  const problem = page.getByRole('alert');
  await problem.waitFor();
  assert.match(await problem.textContent(), /stat/);
  await context.close();
});

test('why a path was not run is answered', async () => {
  const { page, context } = await open(browser, daemon, '/files');
  await page.getByLabel('Path or s3:// address').fill(path.join(daemon.data, 'sensor-qc', '2026-11-01.csv'));
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('.why-answer li').first().waitFor();
  assert.match(page.url(), /why=/);
  await context.close();
});
