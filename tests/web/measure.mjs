// The program behind tests/bench/page.
import { Daemon } from './daemon.mjs';
import { firstViews } from './first_view.mjs';

const times = Number(process.argv[2] ?? 20);
const daemon = new Daemon();
await daemon.start();
try {
  for (let i = 0; i < 20; ++i) await daemon.pipeline(`pipeline-${i}`, 'echo n=1 >> $TIDEWHEEL_OUTPUTS; echo "<p>report" > /out/report.html', 'outputs: {n: {type: int}}');
  for (let i = 0; i < 20; ++i) daemon.drop(`pipeline-${i}`, 'a');
  for (let i = 0; i < 20; ++i) await daemon.newest(`pipeline-${i}`);
  console.log('| page | requests | over the wire | first contentful paint, p50 (max) | its data, p50 (max) |\n|---|---|---|---|---|');
  for (const [path, selector] of [['/', '.coverage-text'], ['/latest', 'main h1'], ['/runs', 'tbody tr'], ['/pipelines/pipeline-3', 'main canvas, main h2']]) {
    const views = (await firstViews(daemon, { path, selector, times: times + 1 })).slice(1); // the first one starts the browser's own parts
    const figures = (key) => {
      const sorted = views.map((view) => view[key]).sort((a, b) => a - b);
      return `${sorted[sorted.length >> 1].toFixed(0)} ms (${sorted.at(-1).toFixed(0)} ms)`;
    };
    console.log(`| \`${path}\` | ${views[0].requests} | ${(views[0].bytes / 1024).toFixed(1)} KB | ${figures('first_paint_ms')} | ${figures('content_ms')} |`);
  }
} finally {
  await daemon.stop();
}
