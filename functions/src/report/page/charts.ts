/**
 * The figures, drawn by Observable Plot into a document in memory. Colours are variables of the page's style, so a drawing can be
 * used in light mode, in dark mode and on paper. Sizes are for a phone; a wide screen shows figures side by side.
 */
import type { Colour } from '@hangtag/shared/domain/palette.js';
import type { Report } from '@hangtag/shared/domain/report/report.js';
import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';
import { Html } from './html.js';
import { count, duration, percent } from './wording.js';

const WIDTH = 440;
/** Categories in the chart: the largest ones. */
const MAX_CATEGORIES = 14;

/** 1 ms to 28 hours. */
const DECADES_MS = Array.from({ length: 9 }, (_, exponent) => 10 ** exponent);

const AUTO = 'var(--auto)';
const REVIEW = 'var(--review)';
const FAILED = 'var(--failed)';

export function categoryChart({ categories }: Report): Html {
  const shown = categories.slice(0, MAX_CATEGORIES);
  const parts = shown.flatMap(({ category, count: all, automatic }) => [
    { category, count: automatic, colour: AUTO },
    { category, count: all - automatic, colour: REVIEW },
  ]);
  return figure({
    height: 30 + shown.length * 26,
    marginLeft: 104,
    marginRight: 44,
    marginTop: 4,
    marginBottom: 24,
    x: { label: null, grid: true, ticks: 4, tickFormat: whole },
    y: { label: null, domain: shown.map(({ category }) => category), tickSize: 0, tickFormat: clipped },
    marks: [
      Plot.barX(parts, { x: 'count', y: 'category', fill: 'colour', insetTop: 2, insetBottom: 2 }),
      Plot.text(shown, {
        x: 'count',
        y: 'category',
        text: ({ count: all }: { count: number }) => count(all),
        dx: 6,
        textAnchor: 'start',
        fontWeight: 600,
      }),
    ],
  });
}

/** How a bar of each colour is drawn. */
const FILLS: Readonly<Record<Colour, string>> = {
  black: '#1b1b1d',
  white: '#fbfbf9',
  gray: '#8b8d90',
  red: '#c2303a',
  pink: '#eaa3b4',
  orange: '#e5812b',
  brown: '#7b4a2a',
  yellow: '#efc737',
  olive: '#75752f',
  green: '#36854a',
  blue: '#2f5fae',
  violet: '#6d50b0',
  purple: '#8f3f93',
};

export function colourChart({ colours }: Report): Html {
  const { images, colours: lines } = colours;
  const bars = lines.map((line) => ({ ...line, fill: FILLS[line.colour], percent: line.share * 100 }));
  return figure({
    height: 30 + bars.length * 26,
    marginLeft: 64,
    marginRight: 130,
    marginTop: 4,
    marginBottom: 24,
    x: { label: null, grid: true, ticks: 4, tickFormat: (value: number) => `${value}\u00a0%` },
    y: { label: null, domain: bars.map(({ colour }) => colour), tickSize: 0 },
    marks: [
      Plot.barX(bars, {
        x: 'percent',
        y: 'colour',
        fill: 'fill',
        stroke: 'var(--muted)',
        strokeWidth: 0.75,
        insetTop: 3,
        insetBottom: 3,
      }),
      Plot.text(bars, {
        x: 'percent',
        y: 'colour',
        text: ({ share, main }: { share: number; main: number }) =>
          `${percent(share)}, main in ${percent(main / images)}`,
        dx: 6,
        textAnchor: 'start',
      }),
    ],
  });
}

export function confidenceChart({ confidence }: Report): Html {
  const { bins, autoProcessAt, quickReviewAt } = confidence;
  const bars = bins.map((images, bin) => {
    const from = bin / bins.length;
    const to = (bin + 1) / bins.length;
    return { from: from * 100, to: to * 100, images, colour: tierColour(from, confidence) };
  });
  return figure({
    height: 230,
    marginLeft: 44,
    x: { label: null, domain: [0, 100], ticks: 5, tickFormat: (value: number) => `${value}\u00a0%` },
    y: { label: null, grid: true, ticks: 4, tickFormat: whole },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'images', fill: 'colour', inset: 0.75 }),
      Plot.ruleX([100 * quickReviewAt, 100 * autoProcessAt], {
        stroke: 'var(--ink)',
        strokeDasharray: '2 3',
      }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
  });
}

export function hourChart({ hours }: Report): Html {
  // By number and not by label: when clocks are set back, a label appears twice.
  const bars = hours.map(({ hour, count: images }, index) => ({ index, hour, images }));
  const label = (index: number) => hours[index]?.hour ?? '';
  return figure({
    height: 200,
    marginLeft: 44,
    x: { label: null, type: 'band', ticks: [0, 6, 12, 18], tickFormat: label, tickSize: 0 },
    y: { label: null, grid: true, ticks: 4, tickFormat: whole },
    marks: [
      Plot.barY(bars, { x: 'index', y: 'images', fill: 'var(--accent)', inset: 0.75 }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
  });
}

export function trendChart({ trend }: Report): Html {
  const parts = trend.flatMap(({ day, counts }) => [
    { day, images: counts?.done ?? 0, colour: AUTO },
    { day, images: counts?.review ?? 0, colour: REVIEW },
    { day, images: counts?.failed ?? 0, colour: FAILED },
  ]);
  const missing = trend.filter(({ counts }) => counts === null);
  const days = trend.map(({ day }) => day);
  return figure({
    height: 220,
    marginLeft: 44,
    x: {
      label: null,
      domain: days,
      ticks: days.filter((_, index) => index % 3 === 1),
      tickFormat: (day: string) => `${Number(day.slice(8))}/${Number(day.slice(5, 7))}`,
      tickSize: 0,
    },
    y: { label: null, grid: true, ticks: 4, tickFormat: whole },
    marks: [
      Plot.barY(parts, { x: 'day', y: 'images', fill: 'colour', inset: 0.75 }),
      Plot.text(missing, { x: 'day', y: 0, text: () => '?', dy: -8, fill: 'var(--muted)' }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
  });
}

/** A line from the median to the 99th percentile, with a dot at the 90th. */
export function durationChart({ durations }: Report): Html {
  const ranges = [
    { what: 'in the queue', ...durations.queued },
    { what: 'processing', ...durations.processing },
    { what: 'upload to label', ...durations.total },
  ].filter(({ count: images }) => images > 0);
  const lowest = Math.min(...ranges.map(({ p50Ms }) => p50Ms ?? 1)) / 4;
  const highest = Math.max(...ranges.map(({ p99Ms }) => p99Ms ?? 1)) * 4;
  const label = { y: 'what', fontSize: 11 } as const;
  return figure({
    height: 34 + ranges.length * 40,
    marginLeft: 104,
    marginTop: 4,
    x: {
      label: null,
      type: 'log',
      grid: true,
      domain: [lowest, highest],
      ticks: DECADES_MS.filter((ms) => ms >= lowest && ms <= highest),
      tickFormat: (ms: number) => duration(ms),
    },
    y: { label: null, tickSize: 0, domain: ranges.map(({ what }) => what) },
    marks: [
      Plot.ruleY(ranges, { y: 'what', x1: 'p50Ms', x2: 'p99Ms', stroke: 'var(--accent)', strokeWidth: 2 }),
      Plot.dot(ranges, { x: 'p50Ms', y: 'what', r: 5, fill: 'var(--accent)' }),
      Plot.dot(ranges, { x: 'p90Ms', y: 'what', r: 3.5, fill: 'var(--accent)' }),
      Plot.tickX(ranges, { x: 'p99Ms', y: 'what', stroke: 'var(--accent)', strokeWidth: 2, inset: 12 }),
      Plot.text(ranges, {
        ...label,
        x: 'p50Ms',
        text: (row) => duration(row.p50Ms),
        dx: -10,
        textAnchor: 'end',
      }),
      Plot.text(ranges, {
        ...label,
        x: 'p99Ms',
        text: (row) => duration(row.p99Ms),
        dx: 8,
        textAnchor: 'start',
      }),
    ],
  });
}

function tierColour(from: number, { autoProcessAt, quickReviewAt }: Report['confidence']): string {
  if (from >= autoProcessAt) return AUTO;
  return from >= quickReviewAt ? REVIEW : FAILED;
}

function figure(options: Plot.PlotOptions): Html {
  const drawing = Plot.plot({
    document: domino.createDocument(),
    // By default each drawing has another name, and the same day would not give the same bytes.
    className: 'plot',
    width: WIDTH,
    style: { fontSize: '12px' },
    ...options,
  });
  return new Html(drawing.outerHTML);
}

function whole(value: number): string {
  return Number.isInteger(value) ? count(value) : '';
}

function clipped(category: string): string {
  const characters = [...category];
  return characters.length > 15 ? `${characters.slice(0, 14).join('')}…` : category;
}
