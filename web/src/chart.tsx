/** Columns of a small chart, drawn as SVG: a library of charts would be larger than the page. */
import { strings } from './strings.js';

const HEIGHT = 100;
const STEP = 20;

type Kind = 'done' | 'review' | 'failed';

export interface Column {
  readonly name: string;
  /** From the bottom up; the class of each is its colour. Null: not known. */
  readonly parts: readonly { readonly kind: Kind; readonly count: number }[] | null;
}

export function Columns({ label, columns }: { label: string; columns: readonly Column[] }) {
  const kinds = [...new Set(columns.flatMap(({ parts }) => parts?.map(({ kind }) => kind) ?? []))];
  const most = Math.max(1, ...columns.map(({ parts }) => sumOf(parts)));
  return (
    <figure class="chart">
      <figcaption>
        {label}
        {kinds.length > 1 && (
          <span class="legend">
            {kinds.map((kind) => (
              <span key={kind} class={kind}>
                {strings.statuses[kind]}
              </span>
            ))}
          </span>
        )}
      </figcaption>
      <p class="axis">{most.toLocaleString()}</p>
      <svg
        viewBox={`0 0 ${columns.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {columns.map((column, index) => (
          <Stack key={column.name} {...{ column, x: index * STEP, unit: HEIGHT / most }} />
        ))}
      </svg>
      <p class="axis">
        <span>{columns[0]?.name}</span>
        <span>{columns.at(-1)?.name}</span>
      </p>
    </figure>
  );
}

function Stack({ column: { name, parts }, x, unit }: { column: Column; x: number; unit: number }) {
  let top = HEIGHT;
  return (
    <g>
      <title>{`${name}: ${parts?.map(({ kind, count }) => `${strings.statuses[kind]} ${count}`).join(', ') ?? '–'}`}</title>
      <rect class="ground" x={x} y={0} width={STEP} height={HEIGHT} />
      {parts?.map(({ kind, count }) => {
        top -= count * unit;
        return <rect key={kind} class={kind} x={x + 2} y={top} width={STEP - 4} height={count * unit} />;
      })}
    </g>
  );
}

function sumOf(parts: Column['parts']): number {
  return (parts ?? []).reduce((sum, { count }) => sum + count, 0);
}

/** One column for each value, without axes. Null: not known. */
export function Sparkline({ label, values }: { label: string; values: readonly (number | null)[] }) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const columns = values.map(
    (value, x) => `M${x + 0.5} ${HEIGHT}V${HEIGHT - ((value ?? 0) / most) * HEIGHT}`,
  );
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${values.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path d={columns.join('')} />
    </svg>
  );
}
