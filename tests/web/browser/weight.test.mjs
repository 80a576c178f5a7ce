// The first view weighs little: what ops open on a phone at night.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Daemon } from '../daemon.mjs';
import { firstViews } from '../first_view.mjs';

let daemon;
before(async () => {
  daemon = new Daemon();
  await daemon.start();
  for (let i = 0; i < 20; ++i) await daemon.pipeline(`pipeline-${i}`, 'echo n=1 >> $TIDEWHEEL_OUTPUTS; echo "<p>report" > /out/report.html', 'outputs: {n: {type: int}}');
  for (let i = 0; i < 5; ++i) daemon.drop(`pipeline-${i}`, 'a');
  await daemon.newest('pipeline-4');
});
after(() => daemon?.stop());

test('the first view is at most 80 KB over the wire', async () => {
  for (const [path, selector] of [['/', '.coverage-text'], ['/latest', 'main h1'], ['/runs', 'tbody tr']]) {
    const [view] = await firstViews(daemon, { path, selector });
    console.log(`${path}: ${view.requests} requests, ${view.bytes} bytes, content after ${view.content_ms.toFixed(0)} ms`);
    assert.ok(view.requests > 3, 'counted');
    assert.ok(view.bytes <= 80 * 1024, `${path}: ${view.bytes} bytes`);
  }
});
