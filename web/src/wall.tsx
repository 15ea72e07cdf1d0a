import { COLOURS } from '@hangtag/shared/domain/palette.js';
import { STATUSES, type Status, TIERS } from '@hangtag/shared/domain/record.js';
import { computed, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { activityOf } from './activity.js';
import { Sparkline } from './chart.jsx';
import { Detail } from './detail.jsx';
import { isMatch } from './filter.js';
import { gridWindow } from './grid-window.js';
import type { Image } from './image.js';
import { Picture } from './picture.jsx';
import { changeFilter, filter } from './place.js';
import { problemOf, type Session } from './session.js';
import { MOST_COUNTED } from './settings.js';
import { atLeast, decimalText, reasonText, strings } from './strings.js';

const TILE_PX = 180;
const ROW_PX = 232;

/** Shown also if no image has them: otherwise all below moves each time that an image arrives. */
const LASTING: readonly Status[] = ['queued', 'done'];

const opened = signal<string | null>(null);
/** The first image when one began to scroll: newer ones are not shown before one is back, so that nothing moves. */
const anchor = signal<string | null>(null);

/** The images as they arrive and get their labels; older ones when one scrolls. */
export function Wall({ session }: { session: Session }) {
  const [matches] = useState(() =>
    computed(() => session.images.value.filter((each) => isMatch(each, filter.value))),
  );
  const newer = Math.max(
    0,
    matches.value.findIndex(({ id }) => id === anchor.value),
  );
  const images = matches.value.slice(newer);
  const place = images.findIndex(({ id }) => id === opened.value);
  const hasOlder = session.feed.value?.hasOlder.value === true;
  return (
    <main class="wall">
      <Counters session={session} />
      <FilterForm session={session} />
      {hasOlder && filter.value.text !== undefined && (
        <p class="count">
          {strings.searched(session.images.value.length)}{' '}
          <button type="button" onClick={() => void session.feed.value?.readOlder()}>
            {strings.searchOlder}
          </button>
        </p>
      )}
      <Notice session={session} matches={images.length} />
      <Grid images={images} session={session} />
      {newer > 0 && (
        <button type="button" class="newer" onClick={() => scrollTo({ top: 0 })}>
          ↑ {strings.newer(newer)}
        </button>
      )}
      {opened.value !== null && (
        <Detail
          id={opened.value}
          session={session}
          neighbours={place < 0 ? [undefined, undefined] : [images[place - 1]?.id, images[place + 1]?.id]}
          onOpen={(id) => {
            opened.value = id;
          }}
          onClose={() => {
            opened.value = null;
          }}
        />
      )}
    </main>
  );
}

/** A change is part of the address at once. */
function FilterForm({ session }: { session: Session }) {
  const { text = '', category = '', tier = '', day = '', owner = '', colour = '' } = filter.value;
  const [isOpen] = useState(category + tier + day + owner + colour !== '');
  const hasColours = colour !== '' || session.images.value.some(({ palette }) => palette.length > 0);
  return (
    <search class="filter">
      <input
        type="search"
        aria-label={strings.search}
        placeholder={strings.search}
        value={text}
        onInput={({ currentTarget }) => changeFilter({ text: currentTarget.value })}
      />
      <details open={isOpen}>
        <summary>{strings.filter}</summary>
        <div class="fields">
          <Choice key="category" value={category} all={session.settings.labels} texts={{}} name="category" />
          <Choice key="tier" value={tier} all={TIERS} texts={strings.tiers} name="tier" />
          {hasColours && (
            <Choice key="colour" value={colour} all={COLOURS} texts={strings.colours} name="colour" />
          )}
          <label>
            {strings.day}{' '}
            <input
              type="date"
              value={day}
              onChange={({ currentTarget }) => changeFilter({ day: currentTarget.value })}
            />
          </label>
          <Owner value={owner} />
        </div>
      </details>
    </search>
  );
}

/** What is typed is kept while images arrive, and filters when it is complete. */
function Owner({ value }: { value: string }) {
  const [typed, setTyped] = useState<string>();
  return (
    <label>
      {strings.owner}{' '}
      <input
        value={typed ?? value}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onChange={({ currentTarget }) => {
          changeFilter({ owner: currentTarget.value });
          setTyped(undefined);
        }}
      />
    </label>
  );
}

interface ChoiceProps {
  readonly name: 'category' | 'tier' | 'colour';
  readonly value: string;
  readonly all: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
}

function Choice({ name, value, all, texts }: ChoiceProps) {
  const choices = value === '' || all.includes(value) ? all : [...all, value];
  return (
    <label>
      {strings[name]}{' '}
      <select value={value} onChange={({ currentTarget }) => changeFilter({ [name]: currentTarget.value })}>
        <option value="">{strings.allStatuses}</option>
        {choices.map((each) => (
          <option key={each} value={each}>
            {texts[each] ?? each}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How many images have each status; a click filters by it. */
function Counters({ session }: { session: Session }) {
  const { status } = filter.value;
  const counts = session.counts.byStatus.value;
  const all = [...(counts?.values() ?? [])];
  const isCapped = all.includes(MOST_COUNTED);
  return (
    <fieldset class="counters">
      <legend class="unseen">{strings.status}</legend>
      <Counter
        status={undefined}
        count={
          counts &&
          atLeast(
            all.reduce((sum, count) => sum + count, 0),
            isCapped,
          )
        }
      />
      {STATUSES.filter((each) => LASTING.includes(each) || counts?.get(each) || each === status).map(
        (each) => {
          const count = counts?.get(each) ?? 0;
          return (
            <Counter key={each} status={each} count={counts && atLeast(count, count === MOST_COUNTED)} />
          );
        },
      )}
      <Recent session={session} />
    </fieldset>
  );
}

/** Throughput and latency of the last half hour, of the images that are loaded. */
function Recent({ session }: { session: Session }) {
  const read = session.feed.value?.hasOlder.value === true ? 'newest' : 'all';
  const { counts, latenciesMs, isLastMinuteCut } = activityOf(session.images.value, read);
  const lastMs = latenciesMs.at(-1);
  // Its last minute is that of the latest label.
  if (lastMs === null || lastMs === undefined) return null;
  const [count, latency] = [
    strings.lastMinute(atLeast(counts.at(-1) ?? 0, isLastMinuteCut)),
    strings.medianLatency(durationText(lastMs)),
  ];
  return (
    <span class="recent">
      <span>
        <Sparkline label={strings.byMinute} values={counts} /> {count}
      </span>
      <span>
        <Sparkline label={strings.latencyByMinute} values={latenciesMs} /> {latency}
      </span>
    </span>
  );
}

function Counter({ status, count }: { status: Status | undefined; count: string | undefined }) {
  return (
    <button
      type="button"
      class={`counter ${status ?? ''}`}
      aria-pressed={filter.value.status === status}
      onClick={() => changeFilter({ status })}
    >
      <b>{count}</b> {status === undefined ? strings.allStatuses : strings.statuses[status]}
    </button>
  );
}

export function durationText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${decimalText(ms / 1_000, 1)} s`;
}

function Notice({ session, matches }: { session: Session; matches: number }) {
  const isEmpty = session.images.value.length === 0;
  const problem = problemOf(session);
  if (problem !== undefined)
    return (
      <p class="notice" role="alert">
        {problem}{' '}
        <button type="button" onClick={() => session.listenAgain()}>
          {strings.tryAgain}
        </button>
      </p>
    );
  const text = (() => {
    if (session.state.value === 'connecting') return strings.connecting;
    if (isEmpty) return strings.empty;
    return matches === 0 ? strings.noMatch : '';
  })();
  return text === '' ? null : <p class={isEmpty ? 'notice empty' : 'notice'}>{text}</p>;
}

/** Draws the rows that can be seen, however many there are. */
function Grid({ images, session }: { images: readonly Image[]; session: Session }) {
  const element = useRef<HTMLElement>(null);
  const newest = useRef<string | null>(null);
  newest.current = images[0]?.id ?? null;
  const [view, setView] = useState({ top: 0, width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box === undefined) return;
      setView({ top: -box.top, width: box.width, height: window.innerHeight });
      if (box.top > -ROW_PX) anchor.value = null;
      else anchor.value ??= newest.current;
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
  const isNearEnd = to >= images.length - columns;
  useEffect(() => {
    // A search would read on through all images to fill the window.
    if (isNearEnd && filter.value.text === undefined) void session.feed.value?.readOlder();
  }, [isNearEnd, images.length, session]);
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

/** A label that the picture has. The best of labels of which none fits is not one. */
export function labelText({ status, category, reason, isCorrected }: Image): string {
  if (reason === 'unknown-object' && !isCorrected) return strings.noLabelFits;
  return category ?? strings.statuses[status];
}

function Tile({ image, session }: { image: Image; session: Session }) {
  const { name, status: its, reason } = image;
  const label = its === 'queued' ? strings.statuses[its] : labelText(image);
  // Without a category, the label is the status.
  const statusText =
    reason !== null && label === strings.statuses[its] ? reasonText(reason) : strings.statuses[its];
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
        <Picture image={image} session={session} prefers="small" />
        <span class="label">{label}</span>
        <span class="facts">
          {its !== 'done' && its !== 'queued' && <em>{statusText}</em>}
          {image.isCorrected ? strings.corrected : certaintyOf(image)}
        </span>
      </button>
    </li>
  );
}

/** Of an unknown object, the confidence compares labels of which none fits. */
function certaintyOf({ confidence, reason }: Image): string {
  return confidence === null || reason === 'unknown-object' ? '' : `${Math.round(confidence * 100)} %`;
}
