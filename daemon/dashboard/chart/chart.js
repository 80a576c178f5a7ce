// One output over the runs: a line with its points, the bounds as bands, other revisions and images as dashed lines.
import { html, useEffect, useRef, useState } from '../html.js';
import uPlot from '../vendor/uplot.js';
import { go, runPath } from '../router.js';
import { theme } from '../theme.js';
import { absolute, bytes, duration, value } from '../time.js';

/** @typedef {import('../types.js').Series} Series */
/** @typedef {import('../types.js').SeriesAnswer['marks']} Marks */

/** @type {Record<string, [string, (n: number) => string]>} */
const builtIn = {
  duration_s: ['Duration', duration], pull_s: ['Image pull', duration], max_rss_bytes: ['Peak memory', bytes], input_bytes: ['Input size', bytes],
};

let styled = false;
function addStyle() {
  if (styled) return;
  styled = true;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('../vendor/uplot.css', import.meta.url).href;
  document.head.append(link);
}

/** @param {string} name */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {uPlot} plot @param {Series['alert']} alert */
function drawBounds(plot, alert) {
  if (!alert) return;
  const { ctx, bbox } = plot;
  const edges = /** @type {[number | null, boolean][]} */ ([[alert.above, true], [alert.below, false]]);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [edge, isAbove] of edges) {
    if (edge === null) continue;
    const y = plot.valToPos(edge, 'y', true);
    ctx.fillStyle = color('--bad-soft');
    if (isAbove) ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top);
    else ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
    ctx.strokeStyle = color('--bad');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** @param {uPlot} plot @param {Marks} marks */
function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color('--strong-line');
  ctx.fillStyle = color('--muted');
  ctx.font = `${10 * devicePixelRatio}px ${color('--sans')}`;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  let labelled = -Infinity;
  for (const mark of marks) {
    const x = plot.valToPos(Date.parse(mark.at) / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (x - labelled < 26 * devicePixelRatio) continue;
    labelled = x;
    ctx.fillText(`${mark.revision !== null ? `R${mark.revision}` : ''}${mark.image_id ? 'I' : ''}`, x + 3 * devicePixelRatio, bbox.top + 10 * devicePixelRatio);
  }
  ctx.restore();
}

/** Ticks that lie close together need more digits than a value does.
 * @param {number[]} ticks @param {string} name @param {(n: number) => string} format */
function labelsOf(ticks, name, format) {
  const labels = ticks.map((tick) => format(tick));
  if (new Set(labels).size === labels.length) return labels;
  const exact = (/** @type {number} */ n) => String(Number(n.toPrecision(5)));
  return ticks.map((tick) => (name.endsWith('_s') ? `${exact(tick)} s` : name.endsWith('_bytes') ? `${exact(tick / 1e6)} MB` : exact(tick)));
}

/** As short as the distance of the ticks allows. @param {number} at  s @param {number} step  s */
function timeLabel(at, step) {
  const date = new Date(at * 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step < 60) return `${clock}:${two(date.getSeconds())}`;
  if (step < 86_400) return clock === '00:00' ? day : clock;
  return step < 86_400 * 300 ? day : String(date.getFullYear());
}

/** @param {Series} series @param {Marks} marks @param {string} group @param {number} width
 * @param {(index: number | null) => void} onPoint @returns {uPlot.Options} */
function optionsOf(series, marks, group, width, onPoint) {
  const format = builtIn[series.name]?.[1] ?? value;
  const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: `11px ${color('--sans')}` };
  const few = series.value.length <= 120;
  const { above = null, below = null } = series.alert ?? {};
  return {
    width,
    height: 140,
    padding: [8, 12, 0, 0],
    cursor: { sync: { key: group }, points: { size: 8 }, drag: { x: false, y: false }, y: false },
    legend: { show: false },
    scales: {
      y: {
        // A bound is in sight when the values come near it.
        range: (_plot, min, max) => {
          const size = Math.max(max - min, Math.abs(max) * 0.02, 1e-9);
          const top = above !== null && above <= max + size ? Math.max(max, above) : max;
          const bottom = below !== null && below >= min - size ? Math.min(min, below) : min;
          return [bottom - size * 0.12, top + size * 0.12];
        },
      },
    },
    axes: [{ ...axis, space: 80, size: 26, values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => timeLabel(tick, step)) }, { ...axis, size: (/** @type {any} */ _plot, /** @type {string[] | null} */ labels) => 12 + Math.max(28, ...(labels ?? []).map((label) => label.length * 6.8)), values: (_plot, ticks) => labelsOf(ticks, series.name, format) }],
    series: [{}, { stroke: color('--accent'), width: 1.5, points: { show: few, size: 5, fill: color('--accent') }, spanGaps: true }],
    hooks: { drawAxes: [(plot) => drawBounds(plot, series.alert)], draw: [(plot) => drawMarks(plot, marks)], setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

/** @param {{series: Series, marks: Marks, group: string}} props */
export function Chart({ series, marks, group }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [point, setPoint] = useState(/** @type {number | null} */ (null));
  const [width, setWidth] = useState(0);
  const [dark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches);
  const colours = theme.value;
  const format = builtIn[series.name]?.[1] ?? value;
  const title = builtIn[series.name]?.[0] ?? series.name;
  addStyle();
  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const change = () => setDark(media.matches);
    media.addEventListener('change', change);
    const size = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    if (box.current) size.observe(box.current);
    return () => (media.removeEventListener('change', change), size.disconnect());
  }, []);
  useEffect(() => {
    if (!box.current || width < 50) return;
    const at = series.at.map((time) => Date.parse(time) / 1000);
    const plot = new uPlot(optionsOf(series, marks, group, width, setPoint), [at, series.value], box.current);
    return () => plot.destroy();
  }, [series, marks, width, colours, dark]);
  const index = point ?? series.value.length - 1;
  const open = () => point !== null && series.run_no[point] && go(runPath(series.run_no[point]));
  return html`<figure class="chart">
    <figcaption><b>${title}</b>${series.unit && html` <span class="muted">${series.unit}</span>`}
      <span class="chart-value" title=${series.at[index] ? absolute(series.at[index]) : ''}><b class="number">${series.value[index] === null ? '–' : format(Number(series.value[index]))}</b> <a class="muted number" href=${runPath(series.run_no[index])}>run ${series.run_no[index]}</a></span></figcaption>
    <div class="chart-box" ref=${box} onClick=${open} role="img" aria-label=${`${title}: ${series.value.length} points, newest ${format(Number(series.value.at(-1)))}`}></div>
  </figure>`;
}
