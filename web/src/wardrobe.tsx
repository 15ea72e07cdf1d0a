import type { Wardrobe as Facts, HangtagClient, OutfitPlan } from '@hangtag/client';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt, type Failure, PageError } from './attempt.js';
import { FailureText } from './failure.jsx';
import type { Session } from './session.js';
import { LANGUAGE, lackText, outfitReasonText, strings } from './strings.js';

const DAYS = 7;
const DAY_MS = 86_400_000;

type Item = Facts['items'][number];
type Planned = OutfitPlan['days'][number];
type Act = (change: (api: HangtagClient) => Promise<unknown>) => void;

interface State {
  readonly wardrobe: Facts;
  readonly plan: OutfitPlan;
}

const state = signal<State | undefined>(undefined);
const failure = signal<Failure | undefined>(undefined);
const notice = signal('');

/** An outfit for each of the next days beside the events of the calendar, and the person's items. */
export function Wardrobe({ session }: { session: Session }) {
  const api = session.api.value;
  useEffect(() => {
    state.value = undefined;
    if (api === undefined) return;
    void attempt(failure, async () => {
      try {
        await endConsent(api);
      } finally {
        await load(api);
      }
    });
  }, [api]);
  if (api === undefined) return <main class="notice">{strings.wardrobeNeedsApi}</main>;
  const act: Act = (change) =>
    void attempt(failure, async () => {
      await change(api);
      await load(api);
    });
  if (state.value === undefined)
    return (
      <main class="notice">
        {failure.value === undefined && strings.connecting}
        <FailureText failure={failure.value} />
      </main>
    );
  const { wardrobe, plan } = state.value;
  const items = new Map(wardrobe.items.map((item) => [item.id, item]));
  return (
    <main class="wardrobe">
      <FailureText failure={failure.value} />
      <section>
        <h2>{strings.nextDays}</h2>
        <div class="actions">
          <CalendarFile act={act} />
          <GoogleCalendar state={wardrobe.googleCalendar} act={act} />
        </div>
        <p role="status">{notice.value}</p>
        {plan.outdatedCalendar && (
          <p class="lack">{strings.outdatedCalendar(momentText(plan.outdatedCalendar.readAt))}</p>
        )}
        {wardrobe.items.length > 0 && (
          <ol class="days">
            {plan.days.map((day) => (
              <Day key={day.day} planned={day} items={items} session={session} act={act} />
            ))}
          </ol>
        )}
      </section>
      <Items items={wardrobe.items} session={session} act={act} />
    </main>
  );
}

function CalendarFile({ act }: { act: Act }) {
  const read = async (api: HangtagClient, file: File) => {
    const { events, leftOut } = await api.readCalendar(await file.text());
    notice.value = strings.calendarRead(events, leftOut.length);
  };
  return (
    <label class="choose">
      {strings.chooseCalendar}
      <input
        type="file"
        class="unseen"
        accept=".ics,text/calendar"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) act((api) => read(api, file));
          currentTarget.value = '';
        }}
      />
    </label>
  );
}

/** Nothing if the installation cannot read Google calendars. */
function GoogleCalendar({ state, act }: { state: Facts['googleCalendar']; act: Act }) {
  if (!state.isOffered) return null;
  if (state.isConnected) {
    return (
      <button type="button" onClick={() => act((api) => api.disconnectGoogleCalendar())}>
        {strings.disconnectCalendar}
      </button>
    );
  }
  const ask: Parameters<Act>[0] = async (api) =>
    location.assign(await api.askForGoogleCalendar(`${location.origin}${location.pathname}`));
  return (
    <button type="button" onClick={() => act(ask)}>
      {strings.connectCalendar}
    </button>
  );
}

/** After Google has sent the person back. The code is valid once, so it leaves the address first. */
async function endConsent(api: HangtagClient): Promise<void> {
  const [code, state] = ['code', 'state'].map((name) => new URLSearchParams(location.search).get(name));
  if (!state) return;
  history.replaceState(null, '', `${location.pathname}#wardrobe`);
  if (!code) throw new PageError(strings.consentRefused);
  await api.connectGoogleCalendar({ code, state });
}

async function load(api: HangtagClient): Promise<void> {
  const nowMs = Date.now();
  const [wardrobe, plan] = await Promise.all([
    api.wardrobe(),
    api.planOutfits(dayOf(nowMs), dayOf(nowMs + (DAYS - 1) * DAY_MS)),
  ]);
  state.value = { wardrobe, plan };
}

/** In the time zone of the browser. */
function dayOf(epochMs: number): string {
  const at = new Date(epochMs);
  const [month, day] = [at.getMonth() + 1, at.getDate()].map((each) => String(each).padStart(2, '0'));
  return `${at.getFullYear()}-${month}-${day}`;
}

interface DayProps {
  readonly planned: Planned;
  readonly items: ReadonlyMap<string, Item>;
  readonly session: Session;
  readonly act: Act;
}

function Day({ planned: { day, events, occasion, outfits, lacks }, items, session, act }: DayProps) {
  const [outfit] = outfits;
  const name = new Date(`${day}T00:00:00Z`).toLocaleDateString(LANGUAGE, {
    ...{ weekday: 'long', day: 'numeric', month: 'short', timeZone: 'UTC' },
  });
  return (
    <li>
      <h3>{name}</h3>
      {events.length === 0 && <p class="dim">{strings.noEvent}</p>}
      <ul class="events">
        {events.map((event) => (
          <Event key={event.id} event={event} act={act} />
        ))}
      </ul>
      <p>{strings.occasions[occasion]}</p>
      {lacks.map((lack) => {
        const { text, lang } = lackText(lack, occasion);
        return (
          <p key={text} class="lack" lang={lang}>
            {text}
          </p>
        );
      })}
      {outfit !== undefined && (
        <>
          <div class="outfit">
            {outfit.items.map(({ id, category }) => (
              <ItemPicture key={id} item={items.get(id)} category={category} session={session} />
            ))}
          </div>
          <details>
            <summary>{strings.why(outfit.score)}</summary>
            <ul>
              {outfit.reasons.map((reason) => {
                const { text, lang } = outfitReasonText(reason);
                return (
                  <li key={text} lang={lang}>
                    {reason.weight > 0 ? `+${reason.weight}` : reason.weight} {text}
                  </li>
                );
              })}
            </ul>
          </details>
          <div class="actions">
            <button
              type="button"
              aria-pressed={outfit.isWorn}
              onClick={() => act((api) => api.judgeOutfit(outfit.id, 'wear'))}
            >
              {strings.wear}
            </button>
            <button
              type="button"
              aria-pressed={outfit.verdict === 'liked'}
              onClick={() => act((api) => api.judgeOutfit(outfit.id, 'like'))}
            >
              {strings.like}
            </button>
            <button type="button" onClick={() => act((api) => api.judgeOutfit(outfit.id, 'dislike'))}>
              {strings.another}
            </button>
          </div>
        </>
      )}
    </li>
  );
}

const OCCASIONS = { ...strings.occasions, casual: strings.nothingSpecial };

/** The person corrects its occasion. The correction is kept by the title, so an event needs one. */
function Event({
  event: { title, startsAt, occasion },
  act,
}: {
  event: Planned['events'][number];
  act: Act;
}) {
  return (
    <li>
      <span>
        {startsAt !== null && `${timeText(startsAt)} `}
        {title}
      </span>
      {title.trim() !== '' && (
        <select
          aria-label={strings.occasionOf(title)}
          value={occasion}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value as typeof occasion;
            act((api) => api.correctOccasion(title, chosen));
          }}
        >
          {Object.entries(OCCASIONS).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      )}
    </li>
  );
}

function timeText(at: string): string {
  return new Date(at).toLocaleTimeString(LANGUAGE, { hour: '2-digit', minute: '2-digit' });
}

function momentText(at: string | null): string | undefined {
  return at === null
    ? undefined
    : new Date(at).toLocaleString(LANGUAGE, { dateStyle: 'short', timeStyle: 'short' });
}

/** By kind, and within a kind by colour. */
function Items({ items, session, act }: { items: Facts['items']; session: Session; act: Act }) {
  const categories = [...new Set(items.map(({ category }) => category))].sort();
  return (
    <section>
      <h2>{strings.myItems}</h2>
      {items.length === 0 && <p>{strings.noItem}</p>}
      {categories.map((category) => (
        <section key={category}>
          <h3>{category}</h3>
          <ul class="items">
            {items
              .filter((item) => item.category === category)
              .toSorted((one, other) => hueOf(one) - hueOf(other))
              .map((item) => (
                <li key={item.id}>
                  <ItemPicture item={item} category={category} session={session} />
                  <Colours item={item} />
                  <button type="button" aria-pressed={item.isDirty} onClick={() => act(launder(item))}>
                    {strings.laundry}
                  </button>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

function launder({ id, isDirty }: Item) {
  return (api: HangtagClient) => api.describeItem(id, { isDirty: !isDirty });
}

/** Neutrals first. */
function hueOf({ colours: [main] }: Item): number {
  return main === undefined || main.c < 0.04 ? -1 : main.h;
}

function Colours({ item }: { item: Item }) {
  return (
    <span class="colours" aria-hidden="true">
      {item.colours.map(({ l, c, h }) => (
        <span key={`${l} ${c} ${h}`} class="swatch" style={{ background: `oklch(${l} ${c} ${h})` }} />
      ))}
    </span>
  );
}

interface ItemPictureProps {
  readonly item: Item | undefined;
  readonly category: string;
  readonly session: Session;
}

function ItemPicture({ item, category, session }: ItemPictureProps) {
  if (item === undefined) return <span class="garment">{category}</span>;
  const { original } = session.pictureUrls({ ...item, hasThumbnail: false });
  return <img class="garment" src={original} alt={category} loading="lazy" decoding="async" />;
}
