// File names, values, logs and reports are hostile.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
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

const evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1<script>';
/** A shell word that prints this text. */
const word = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const write = (file, text) => `printf '%s' ${word(text)} > ${file}`;

test('names, values and lines with markup are text on every page', async () => {
  await daemon.pipeline('names', `echo ${word(evil)}; ${write('/out/outputs.json', JSON.stringify({ text: evil }))}; ${write('/out/summary.md', evil)}; ${write('/out/t.csv', `a\n${evil.replaceAll('"', '')}\n`)}; echo x > "/out/$(printf '<b>x.txt')"`, `title: ${JSON.stringify(evil)}\ndescription: ${JSON.stringify(evil)}\noutputs: {text: {type: string}}\n`);
  daemon.drop('names', evil.replaceAll('/', ''));
  const run = await daemon.newest('names');
  assert.equal(run.state, 'succeeded', daemon.log());
  const { page, problems, context } = await open(browser, daemon);
  for (const path of ['/', '/runs', `/runs/${run.run_no}`, '/pipelines', '/pipelines/names', '/files', '/latest', '/coverage', `/compare?runs=${run.run_no},${run.run_no + 1}`, `/runs?q=${encodeURIComponent(evil)}`, `/files?why=${encodeURIComponent(evil)}`]) {
    await page.goto(daemon.origin + path);
    await page.locator('main h1').first().waitFor({ state: 'attached' });
    await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => {});
    assert.equal(await page.evaluate(() => window.pwned), undefined, path);
    assert.equal(await page.locator('img[src=x]').count(), 0, path);
  }
  await page.goto(`${daemon.origin}/runs/${run.run_no}`);
  await page.locator('.output dd', { hasText: '<script>' }).waitFor();
  await page.locator('.line', { hasText: '<script>' }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test('a report can neither read nor do anything', async () => {
  const attack = `<!doctype html><body><script>
    const told = {};
    const tell = (name, value) => { told[name] = String(value); document.body.dataset.told = JSON.stringify(told); };
    const attempt = async (name, work) => { try { tell(name, 'worked: ' + await work()); } catch (error) { tell(name, 'stopped'); } };
    (async () => {
      await attempt('cookie', () => document.cookie || (() => { throw 0; })());
      await attempt('storage', () => localStorage.length);
      await attempt('parent', () => parent.document.title);
      await attempt('fetch', async () => (await fetch('/api/v1/runs')).status);
      await attempt('write', async () => (await fetch('/api/v1/pipelines/attack/pause', { method: 'POST', mode: 'no-cors', body: '{}' })).type);
      await attempt('events', () => new Promise((done, fail) => { const stream = new EventSource('/api/v1/events'); stream.onopen = done; stream.onerror = fail; setTimeout(fail, 3000); }));
      await attempt('sibling', async () => (await fetch(location.href.replace(/\\/a\\/[^/]+/, '/a/01ARZ3NDEKTSV4RRFFQ69G5FAV.1'))).status);
      if (top !== self) await attempt('top', () => { top.location = 'about:blank'; return 'no error'; });
      await attempt('frame', () => new Promise((done, fail) => { const frame = document.createElement('iframe'); frame.src = '/'; frame.onload = () => { try { done(frame.contentDocument.title); } catch { fail(); } }; document.body.append(frame); setTimeout(fail, 2000); }));
      navigator.sendBeacon('/api/v1/pipelines/attack/pause', new Blob(['{}'], { type: 'application/json' }));
      const form = document.createElement('form'); form.method = 'post'; form.action = '/api/v1/pipelines/attack/pause'; document.body.append(form); try { form.submit(); } catch {}
      tell('done', 'yes');
    })();
  <\/script>`;
  await daemon.pipeline('attack', write('/out/report.html', attack), 'artifacts: {report.html: {role: report}}\n');
  daemon.drop('attack', 'a');
  const run = await daemon.newest('attack');
  assert.equal(run.state, 'succeeded');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  await page.locator('iframe.report').scrollIntoViewIfNeeded();
  const frame = page.frameLocator('iframe.report');
  await frame.locator('body[data-told*="done"]').waitFor({ state: 'attached', timeout: 20_000 });
  const told = JSON.parse(await frame.locator('body').getAttribute('data-told'));
  for (const [name, outcome] of Object.entries(told)) if (name !== 'done') assert.equal(outcome, 'stopped', `${name}: ${outcome}`);
  assert.ok(page.url().endsWith(`/runs/${run.run_no}`), 'the page was navigated');
  // Opened by itself it has no more rights than in the frame.
  const address = await page.locator('iframe.report').getAttribute('src');
  const alone = await context.newPage();
  await alone.goto(daemon.origin + address);
  await alone.locator('body[data-told*="done"]').waitFor({ state: 'attached', timeout: 20_000 });
  const toldAlone = JSON.parse(await alone.locator('body').getAttribute('data-told'));
  for (const name of ['cookie', 'storage', 'fetch', 'write', 'events', 'sibling']) assert.equal(toldAlone[name], 'stopped', name);
  const pipeline = (await daemon.json('pipelines')).pipelines.find((one) => one.name === 'attack');
  assert.equal(pipeline.paused, null);
  await context.close();
});

test('where the pipeline says so, a report runs no script at all', async () => {
  await daemon.pipeline('still', write('/out/report.html', '<p id=said>as written<\/p><script>document.getElementById("said").textContent = "changed"<\/script>'), 'artifacts: {report.html: {role: report, scripts: false}}\n');
  daemon.drop('still', 'a');
  const run = await daemon.newest('still');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`);
  await page.locator('iframe.report').scrollIntoViewIfNeeded();
  assert.equal(await page.frameLocator('iframe.report').locator('#said').textContent(), 'as written');
  await context.close();
});

test('nothing may embed the page', async () => {
  const { page, context } = await open(browser, daemon, '/');
  const response = await page.request.get(daemon.origin + '/', { headers: { Accept: 'text/html' } });
  const policy = response.headers()['content-security-policy'];
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(policy.includes(rule), rule);
  assert.doesNotMatch(policy, /unsafe|\*/);
  await context.close();
});

test('an honest report works: inline script, drawing, its own files, a download', async () => {
  const report = `<!doctype html><head><script src="lib/plot.js"><\/script></head><body><div id=plot></div><a id=save download=data.csv>save</a><script>
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); svg.id = 'drawn'; svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'rect')); document.getElementById('plot').append(svg);
    document.getElementById('plot').dataset.library = window.libraryVersion;
    document.getElementById('save').href = URL.createObjectURL(new Blob(['a,b\\n1,2\\n'], { type: 'text/csv' }));
  <\/script>`;
  await daemon.pipeline('honest', `mkdir /out/lib; ${write('/out/lib/plot.js', 'window.libraryVersion = "plot 1";')}; ${write('/out/report.html', report)}`, 'artifacts: {report.html: {role: report}}\n');
  daemon.drop('honest', 'a');
  const run = await daemon.newest('honest');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`, { acceptDownloads: true });
  await page.locator('iframe.report').scrollIntoViewIfNeeded();
  const frame = page.frameLocator('iframe.report');
  await frame.locator('#drawn').waitFor({ state: 'attached' });
  assert.equal(await frame.locator('#plot').getAttribute('data-library'), 'plot 1');
  const [download] = await Promise.all([page.waitForEvent('download'), frame.locator('#save').click()]);
  assert.equal(download.suggestedFilename(), 'data.csv');
  await context.close();
});
