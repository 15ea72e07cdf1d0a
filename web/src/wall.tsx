import { STATUSES, type Status } from '@hangtag/shared/domain/record.js';
import { computed, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Detail } from './detail.jsx';
import { gridWindow } from './grid-window.js';
import type { Image } from './image.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { reasonText, strings } from './strings.js';

const TILE_PX = 180;
const ROW_PX = 232;

const status = signal<Status | ''>('');
const words = signal('');
const opened = signal<string | null>(null);

/** The newest images, as they arrive and get their labels. */
export function Wall({ session }: { session: Session }) {
  const [matches] = useState(() => computed(() => session.images.value.filter(isMatch)));
  const images = matches.value;
  const detail = session.images.value.find(({ id }) => id === opened.value);
  return (
    <main class="wall">
      <Counters images={session.images.value} />
      <search class="filter">
        <input
          type="search"
          aria-label={strings.search}
          placeholder={strings.search}
          value={words}
          onInput={({ currentTarget }) => {
            words.value = currentTarget.value;
          }}
        />
        <span class="count">{strings.shown(images.length, session.images.value.length)}</span>
      </search>
      <Notice session={session} matches={images.length} />
      <Grid images={images} session={session} />
      {session.hasMore.value && (
        <button type="button" class="more" onClick={() => session.showMore()}>
          {strings.showMore}
        </button>
      )}
      {detail !== undefined && (
        <Detail
          image={detail}
          session={session}
          onClose={() => {
            opened.value = null;
          }}
        />
      )}
    </main>
  );
}

function isMatch({ name, category, status: its }: Image): boolean {
  if (status.value !== '' && its !== status.value) return false;
  const text = `${name} ${category ?? ''}`.toLowerCase();
  return words.value
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** How many images have each status; a click filters by it. */
function Counters({ images }: { images: readonly Image[] }) {
  const counts = new Map<string, number>();
  for (const image of images) counts.set(image.status, (counts.get(image.status) ?? 0) + 1);
  const latencies = images.flatMap(({ latencyMs }) => latencyMs ?? []).toSorted((a, b) => a - b);
  const median = latencies[Math.floor(latencies.length / 2)];
  const choices: readonly (Status | '')[] = [
    '',
    ...STATUSES.filter((each) => counts.has(each) || each === status.value),
  ];
  return (
    <fieldset class="counters">
      <legend class="unseen">{strings.status}</legend>
      {choices.map((choice) => (
        <button
          key={choice}
          type="button"
          class={`counter ${choice}`}
          aria-pressed={status.value === choice}
          onClick={() => {
            status.value = choice;
          }}
        >
          <b>{choice === '' ? images.length : (counts.get(choice) ?? 0)}</b>{' '}
          {choice === '' ? strings.allStatuses : strings.statuses[choice]}
        </button>
      ))}
      {median !== undefined && <span class="latency">{strings.medianLatency(durationText(median))}</span>}
    </fieldset>
  );
}

export function durationText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function Notice({ session, matches }: { session: Session; matches: number }) {
  const state = session.state.value;
  const isEmpty = session.images.value.length === 0;
  const text = (() => {
    if (state === 'denied') return strings.denied;
    if (state.startsWith('error')) return `${strings.failedToLoad} (${state.slice(7)})`;
    if (state === 'connecting') return strings.connecting;
    if (isEmpty) return strings.empty;
    return matches === 0 ? strings.noMatch : '';
  })();
  return text === '' ? null : <p class="notice">{text}</p>;
}

/** Draws the rows that can be seen, however many there are. */
function Grid({ images, session }: { images: readonly Image[]; session: Session }) {
  const element = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box !== undefined) setView({ top: -box.top, width: box.width, height: window.innerHeight });
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, []);
  const columns = Math.max(2, Math.floor(view.width / TILE_PX));
  const shape = { count: images.length, columns, rowPx: ROW_PX, viewportPx: view.height };
  const { heightPx, from, to, topPx } = gridWindow(shape, view.top);
  return (
    <section ref={element} class="grid" style={{ height: `${heightPx}px` }}>
      <ul style={{ transform: `translateY(${topPx}px)`, '--columns': columns, '--row': `${ROW_PX}px` }}>
        {images.slice(from, to).map((image) => (
          <Tile key={image.id} image={image} session={session} />
        ))}
      </ul>
    </section>
  );
}

function Tile({ image, session }: { image: Image; session: Session }) {
  const { name, status: its, category, confidence, reason } = image;
  const label = its === 'queued' || category === null ? strings.statuses[its] : category;
  const hint = reason === null ? name : `${name}: ${reasonText(reason)}`;
  return (
    <li class={`tile ${its}`}>
      <button
        type="button"
        title={hint}
        onClick={() => {
          opened.value = image.id;
        }}
      >
        <Picture image={image} settings={session.settings} />
        <span class="label">{label}</span>
        <span class="facts">
          {its !== 'done' && its !== 'queued' && <em>{strings.statuses[its]}</em>}
          {image.isCorrected ? strings.corrected : confidence !== null && `${Math.round(confidence * 100)} %`}
        </span>
      </button>
    </li>
  );
}
