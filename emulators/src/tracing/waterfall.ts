/** One trace as a page: a line for each span, at its time. */
import type { ReceivedSpan } from './span-receiver.js';

interface Line extends ReceivedSpan {
  readonly depth: number;
}

/**
 * The trace of an image with a label whose time is the median: the first images wait for the start of the functions.
 *
 * @returns no span if no image was labelled
 */
export function typicalTrace(spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] {
  const traces = [...grouped(spans, ({ traceId }) => traceId).values()];
  const labelled = traces
    .filter((trace) => ['ingest', 'infer'].every((name) => trace.some((span) => span.name === name)))
    .sort((a, b) => durationOf(a) - durationOf(b));
  return labelled[Math.floor((labelled.length - 1) / 2)] ?? [];
}

export function waterfallPage(trace: readonly ReceivedSpan[]): string {
  const startMs = Math.min(...trace.map((span) => span.startMs));
  const totalMs = durationOf(trace);
  const lines = linesOf(trace).map((line) => lineHtml(line, { startMs, totalMs }));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Trace of an image</title>
<style>${STYLE}</style>
<h1>From the upload to the label: ${totalMs.toFixed(1)} ms</h1>
<p>Trace ${escaped(trace[0]?.traceId ?? '')}, ${trace.length} spans. Before classify, the message waits in Pub/Sub.</p>
<table>
<thead><tr><th>Span</th><th>Time</th><th>Duration</th></tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>
</html>
`;
}

function durationOf(trace: readonly ReceivedSpan[]): number {
  return Math.max(...trace.map(({ endMs }) => endMs)) - Math.min(...trace.map(({ startMs }) => startMs));
}

/** Children follow their parent, in the order of their start. A span whose parent is not there is at the left. */
function linesOf(trace: readonly ReceivedSpan[]): readonly Line[] {
  const sorted = [...trace].sort((a, b) => a.startMs - b.startMs);
  const known = new Set(sorted.map(({ spanId }) => spanId));
  const childrenOf = grouped(sorted, ({ parentSpanId = '' }) =>
    known.has(parentSpanId) ? parentSpanId : '',
  );
  const below = (parent: string, depth: number): readonly Line[] =>
    (childrenOf.get(parent) ?? []).flatMap((span) => [{ ...span, depth }, ...below(span.spanId, depth + 1)]);
  return below('', 0);
}

/** Node.js 20 has no `Map.groupBy`. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function lineHtml(
  { name, depth, startMs, endMs, hasFailed }: Line,
  whole: { readonly startMs: number; readonly totalMs: number },
): string {
  const percent = (ms: number) => ((100 * ms) / whole.totalMs).toFixed(2);
  const bar = `margin-left:${percent(startMs - whole.startMs)}%;width:${percent(endMs - startMs)}%`;
  const failed = hasFailed ? ' class="failed"' : '';
  return `<tr${failed}><td style="padding-left:${depth * 1.2 + 0.4}rem">${escaped(name)}</td><td><div style="${bar}"></div></td><td>${(endMs - startMs).toFixed(1)} ms</td></tr>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#dadde3, #3a3f4a); --bar: light-dark(#2f6fdd, #7aa7ff); --failed: light-dark(#c0392b, #ff8a7a); }
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.4rem; white-space: nowrap; }
td:nth-child(2) { width: 65%; }
th:last-child, td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
td div { background: var(--bar); border-radius: 2px; height: 0.8rem; min-width: 2px; }
.failed div { background: var(--failed); }
`;
