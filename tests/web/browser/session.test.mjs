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
