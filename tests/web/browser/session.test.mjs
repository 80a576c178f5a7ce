// Who may see the page, and how they get in.
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

test('a link signs in, leaves no token behind, and leads to where one wanted to go', async () => {
  const token = await daemon.token('read');
  const { page, context } = await open(browser, daemon, '/runs?q=state%3Afailed', { token: null });
  await page.waitForURL('**/sign-in');
  await page.getByText('tidewheel token create').waitFor();
  await page.goto(`${daemon.origin}/sign-in#token=${token}`);
  await page.waitForURL('**/runs?q=state%3Afailed');
  assert.ok(!(await page.evaluate(() => JSON.stringify([location.href, history.state, document.cookie, { ...localStorage }, { ...sessionStorage }]))).includes(token));
  const [cookie] = await context.cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Lax');
  await context.close();
});

test('a token or a whole link may be pasted; a wrong one says so', async () => {
  const token = await daemon.token('read');
  const { page, context } = await open(browser, daemon, '/sign-in', { token: null });
  await page.getByLabel('Link or token').fill('tw_wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Link or token').fill(`http://elsewhere/sign-in#token=${token}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await context.close();
});

test('who may only read is offered nothing to press', async () => {
  await daemon.pipeline('quiet', 'true');
  daemon.drop('quiet', 'a');
  const run = await daemon.newest('quiet');
  const { page, context } = await open(browser, daemon, `/runs/${run.run_no}`, { token: await daemon.token('read') });
  await page.locator('h1 [data-state=succeeded]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Rerun' }).count(), 0);
  await page.goto(`${daemon.origin}/system`);
  await page.getByRole('heading', { name: 'System' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Tokens' }).count(), 0);
  await context.close();
});

test('an administrator makes a token and revokes it, and its session ends', async () => {
  const { page, context } = await open(browser, daemon, '/system');
  await page.getByRole('button', { name: 'Make one' }).click();
  await page.getByLabel('Name', { exact: true }).fill('guest');
  await page.getByRole('button', { name: 'Make it' }).click();
  const link = await page.getByRole('region', { name: 'Link' }).textContent();
  await page.getByRole('button', { name: 'Close' }).click();
  const guest = await browser.newContext();
  const visitor = await guest.newPage();
  await visitor.goto(`${daemon.origin}/sign-in#token=${/token=([^&\s]+)/.exec(link)[1]}`);
  await visitor.getByRole('heading', { name: 'Overview' }).waitFor({ state: 'attached' });
  await page.locator('tr', { hasText: 'guest' }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.locator('tr', { hasText: 'guest' }).waitFor({ state: 'detached' });
  await visitor.goto(`${daemon.origin}/runs`);
  await visitor.waitForURL('**/sign-in');
  await guest.close();
  await context.close();
});

test('a browser without a session gets an explanation with status 401, a program a problem', async () => {
  const { page, context } = await open(browser, daemon, '/sign-in', { token: null });
  for (const address of ['/', '/latest', '/runs/1', '/latest/quiet/report.html', '/badge/quiet.svg', '/metrics']) {
    const shown = await page.request.get(daemon.origin + address, { headers: { Accept: 'text/html,*/*;q=0.8' } });
    assert.equal(shown.status(), 401, address);
    assert.match(shown.headers()['content-type'], /^text\/html/, address);
    assert.match(shown.headers()['www-authenticate'], /^Bearer/, address);
    assert.equal(shown.headers()['cache-control'], 'no-store');
    assert.match(await shown.text(), /tidewheel token create.*href="\/sign-in"/s, address);
    const asked = await page.request.get(daemon.origin + address, { headers: { Accept: 'application/json' } });
    assert.equal(asked.status(), 401, address);
    assert.match(asked.headers()['content-type'], /^application\/problem\+json/, address);
  }
  const api = await page.request.get(`${daemon.origin}/api/v1/runs`, { headers: { Accept: 'text/html' } });
  assert.equal(api.status(), 401);
  assert.match(api.headers()['content-type'], /^application\/problem\+json/);
  assert.equal((await page.request.get(`${daemon.origin}/sign-in`, { headers: { Accept: 'text/html' } })).status(), 200);
  await context.close();
  // Also where no script runs.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const reader = await plain.newPage();
  await reader.goto(`${daemon.origin}/latest`);
  await reader.getByRole('heading', { name: 'Sign in' }).waitFor();
  await reader.getByText('tidewheel token create').waitFor();
  await plain.close();
});

test('a report that was asked for before the sign-in comes after it', async () => {
  await daemon.pipeline('public', 'echo "<h1>a report</h1>" > /out/report.html', 'artifacts: {report.html: {role: report}}\n');
  daemon.drop('public', 'a');
  await daemon.newest('public', (one) => one.state === 'succeeded');
  const { page, context } = await open(browser, daemon, '/latest/public/report.html', { token: null });
  await page.waitForURL('**/sign-in');
  await page.getByLabel('Link or token').fill(await daemon.token('read'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'a report' }).waitFor();
  await context.close();
});

test('an address that leads nowhere says so, with a way home', async () => {
  const { page, context } = await open(browser, daemon, '/');
  for (const [address, status] of [['/nowhere', 404], ['/runs/1/2/3', 404], ['/latest/no-such/report.html', 404], ['/<script>alert(1)</script>', 404]]) {
    const response = await page.goto(daemon.origin + address);
    assert.equal(response.status(), status, address);
    assert.match(response.headers()['content-type'], /^text\/html/, address);
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    assert.equal(await page.locator('script').count(), 0, address);
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor({ state: 'attached' });
  }
  const asked = await page.request.get(`${daemon.origin}/nowhere`, { headers: { Accept: '*/*' } });
  assert.equal(asked.status(), 404);
  assert.match(asked.headers()['content-type'], /^application\/problem\+json/);
  const api = await page.request.get(`${daemon.origin}/api/v1/nowhere`, { headers: { Accept: 'text/html' } });
  assert.match(api.headers()['content-type'], /^application\/problem\+json/);
  await context.close();
});
