// A hundred thousand runs, and a log of a hundred thousand lines.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Daemon, until } from '../daemon.mjs';
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

/** How many elements there are, and how long the longest frame took while a list was scrolled. */
const elements = (page) => page.evaluate(() => document.querySelectorAll('*').length);

test('a log of 100,000 lines is scrolled, searched and linked with few elements', async () => {
  await daemon.pipeline('long', 'awk \'BEGIN { for (i = 1; i <= 100000; i++) print "line number " i }\'');
  daemon.drop('long', 'a');
  const run = await daemon.newest('long');
  assert.equal(run.state, 'succeeded');
  const { page, context, problems } = await open(browser, daemon, `/runs/${run.run_no}#L70000-L70002`);
  await page.locator('.line.marked', { hasText: 'line number 70000' }).waitFor();
  assert.equal(await page.locator('.line.marked').count(), 3);
  assert.ok((await elements(page)) < 1500, `${await elements(page)} elements`);
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    await page.locator('.log').evaluate((log, to) => void (log.scrollTop = to * (log.scrollHeight - log.clientHeight)), part);
    const n = Math.max(1, Math.round(part * 100_000));
    await until(async () => (await page.locator('.line-text').allTextContents()).some((text) => Math.abs(Number(text.replace('line number ', '')) - n) < 60 && text !== ''), `the lines around ${n}`, 10);
  }
  await page.getByLabel('Search the log').fill('number 4242');
  await page.getByLabel('Search the log').press('Enter');
  await page.locator('.line.found', { hasText: 'line number 4242' }).first().waitFor();
  assert.ok((await elements(page)) < 1500);
  assert.deepEqual(problems, []);
  await context.close();
});

test('100,000 runs are paged through', async () => {
  await daemon.pipeline('many', 'true');
  daemon.drop('many', 'a');
  const { run_no: last } = await daemon.newest('many');
  await daemon.halt();
  // The finished run is the pattern of all the others.
  const database = path.join(daemon.state, 'tidewheel.db');
  const columns = execFileSync('sqlite3', [database, "SELECT name FROM pragma_table_info('run')"], { encoding: 'utf8' }).trim().split('\n');
  const made = { run_no: `${last} + i`, run_id: "'01ARZ3NDEK' || substr('0000000000000000' || i, -16)" };
  const values = columns.map((name) => made[name] ?? name);
  execFileSync('sqlite3', [database, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO run(${columns.join(', ')}) SELECT ${values.join(', ')} FROM run, n WHERE run_no = ${last}`]);
  await daemon.start();
  const { page, context } = await open(browser, daemon, '/runs');
  await page.locator('tbody tr').first().waitFor();
  const newest = Number(await page.locator('a.row-link').first().textContent());
  assert.equal(newest, last + 100_000);
  for (let pages = 1; pages <= 6; pages += 1) {
    await page.getByRole('button', { name: 'Older runs' }).click();
    await until(async () => (await page.locator('tbody tr').count()) === 50 * (pages + 1), `page ${pages}`, 15);
  }
  const shown = (await page.locator('a.row-link').allTextContents()).map(Number);
  assert.deepEqual(shown, Array.from({ length: 350 }, (_, i) => newest - i), 'a run was doubled or left out');
  await page.getByRole('navigation', { name: 'States' }).getByText(/all/).waitFor();
  await context.close();
});
