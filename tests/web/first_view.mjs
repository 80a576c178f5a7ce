// What the first view of the page costs a browser that has nothing in its cache.
import { launch } from './browser.mjs';

/** Opens `path` in a fresh browser context straight at the daemon, `times` times.
 * @returns {Promise<{requests: number, bytes: number, first_paint_ms: number, content_ms: number}[]>} bytes as they went over the wire, headers too;
 *   content_ms: until `selector` is there, since the navigation began */
export async function firstViews(daemon, { path = '/', selector = '.coverage-text', times = 1 } = {}) {
  const origin = `http://127.0.0.1:${daemon.port}`;
  const token = await daemon.token('read');
  const browser = await launch();
  const views = [];
  try {
    for (let i = 0; i < times; ++i) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      await context.request.post(`${origin}/api/v1/session`, { data: { token }, headers: { 'Content-Type': 'application/json', Origin: origin } });
      const page = await context.newPage();
      const network = await context.newCDPSession(page);
      await network.send('Network.enable');
      let bytes = 0;
      let requests = 0;
      network.on('Network.loadingFinished', (done) => void ((bytes += done.encodedDataLength), ++requests));
      await page.goto(origin + path);
      const content = await page.waitForFunction((wanted) => document.querySelector(wanted) && performance.now(), selector, { polling: 'raf' });
      const content_ms = Number(await content.jsonValue());
      await page.waitForTimeout(500); // what still comes belongs to the view
      const first_paint_ms = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
      views.push({ requests, bytes, first_paint_ms, content_ms });
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return views;
}
