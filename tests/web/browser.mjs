import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

/** A page of the daemon, signed in. What it logs as an error or throws fails the test at `check`.
 * @param {import('playwright-core').Browser} browser @param {import('./daemon.mjs').Daemon} daemon */
export async function open(browser, daemon, path = '/', options = {}) {
  const { token, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...rest });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`thrown: ${error.message}\n${error.stack}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.includes('/assets/')) problems.push(`console: ${message.text()}`);
    if (/Content Security Policy/.test(message.text()) && !message.location().url.includes('/a/')) problems.push(message.text());
  });
  if (token !== null) {
    const response = await context.request.post(`${daemon.origin}/api/v1/session`, { data: { token: token ?? (daemon.webToken ??= await daemon.token('admin')) }, headers: { 'Content-Type': 'application/json', Origin: daemon.origin } });
    if (!response.ok()) throw new Error(`no session: ${response.status()} ${await response.text()}`);
  }
  await page.goto(daemon.origin + path);
  return { page, context, problems };
}
