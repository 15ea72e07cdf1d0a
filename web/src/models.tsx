import { type Models as Facts, HangtagApiError, type HangtagClient, type Trial } from '@hangtag/client';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt, type Failure } from './attempt.js';
import type { Card } from './card.js';
import { FailureText, InEnglish } from './failure.jsx';
import { Learning } from './learning.jsx';
import type { Session } from './session.js';
import { decimalText, percentText, strings } from './strings.js';

const SHARES = [0.01, 0.1, 0.5, 1];
const FLIPS = 20;

const facts = signal<Facts | undefined>(undefined);
const cards = signal<readonly Card[]>([]);
const failure = signal<Failure | undefined>(undefined);
/** The API answered that the trial does not show that the model is better. */
const isRefused = signal(false);
/** Share of the images for the next trial. */
const share = signal(0.1);

type Version = Facts['versions'][number];
type Judged = NonNullable<Trial['judged']>;
type Act = (change: (api: HangtagClient) => Promise<unknown>) => void;

/** Versions of models, the trial beside the active one, and the history. The API makes the changes. */
export function Models({ session }: { session: Session }) {
  const backend = session.backend.value;
  const api = session.api.value;
  const isAdmin = session.user.value.role === 'admin';
  useEffect(() => {
    facts.value = undefined;
    failure.value = undefined;
    isRefused.value = false;
    if (backend === undefined || api === undefined || !isAdmin) return undefined;
    const stopCards = backend.listenToCards((known) => {
      cards.value = known;
    });
    const stopRollouts = backend.listenToRollouts(() => void attempt(failure, () => load(api)));
    return () => {
      stopCards();
      stopRollouts();
    };
  }, [backend, api, isAdmin]);
  if (!isAdmin) return <main class="notice">{strings.onlyAdmins}</main>;
  // The listener brings the state after the change.
  const act: Act = (change) => api && void attempt(failure, () => change(api));
  return (
    <main class="panels">
      <FailureText failure={failure.value} />
      {backend !== undefined && (
        <Learning backend={backend} api={api} share={share.value} command={commandOf(session)} />
      )}
      {facts.value === undefined ? (
        <p>{failure.value === undefined && (api === undefined ? strings.needsApi : strings.connecting)}</p>
      ) : (
        <Panels facts={facts.value} act={act} />
      )}
    </main>
  );
}

/** Which does the same as the button. */
function commandOf({ settings: { firestoreEmulator, projectId }, user }: Session): string {
  const project = firestoreEmulator === undefined ? ` --project ${projectId}` : '';
  return `npm run learn -- --tenant ${user.value.tenant}${project}`;
}

async function load(api: HangtagClient): Promise<void> {
  facts.value = await api.models();
  isRefused.value = false;
}

async function promote(api: HangtagClient): Promise<void> {
  try {
    await api.promote();
  } catch (error) {
    isRefused.value = error instanceof HangtagApiError && error.status === 409;
    throw error;
  }
}

function Panels({
  facts: { active, previous, shadow, trial, versions, history },
  act,
}: {
  facts: Facts;
  act: Act;
}) {
  return (
    <>
      <section>
        <h2>{strings.modelsInUse}</h2>
        <dl>
          <Fact term={strings.active} value={active === null ? strings.installedModel : nameOf(active)} />
          {previous !== null && <Fact term={strings.previous} value={nameOf(previous)} />}
        </dl>
        {active !== null && (
          <button type="button" onClick={() => act((api) => api.rollBack())}>
            {strings.rollBackTo(previous === null ? strings.installedModel : nameOf(previous))}
          </button>
        )}
      </section>
      <Versions versions={versions} active={active} shadow={shadow} act={act} />
      <section class="wide">
        <h2>{strings.trial}</h2>
        {shadow === null || trial === null ? (
          <p>{strings.noTrial}</p>
        ) : (
          <>
            <p>{strings.onTrial(nameOf(shadow), percentText(shadow.share))}</p>
            <TrialFigures trial={trial} />
            <button type="button" onClick={() => act(promote)}>
              {strings.promote}
            </button>
            {isRefused.value && (
              <button type="button" onClick={() => act((api) => api.promote({ isForced: true }))}>
                {strings.promoteByForce}
              </button>
            )}
            <button type="button" onClick={() => act((api) => api.endTrial())}>
              {strings.endTrial}
            </button>
          </>
        )}
      </section>
      <History history={history} />
    </>
  );
}

function Fact({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function TrialFigures({ trial: { images, agreement, flips, inferMs, judged } }: { trial: Trial }) {
  if (agreement === null || inferMs === null) return <p>{strings.noTrialImages}</p>;
  const msText = (ms: number) => `${decimalText(ms, 1)} ms`;
  return (
    <div class="figures">
      <dl class="counts">
        <Fact term={strings.labelledByBoth} value={images.toLocaleString()} />
        <Fact term={strings.sameCategory} value={percentText(agreement)} />
        <Fact term={strings.inference} value={`${msText(inferMs.active)} → ${msText(inferMs.shadow)}`} />
        {judged !== null && <JudgedFacts judged={judged} />}
      </dl>
      {judged === null ? <p>{strings.noneJudged}</p> : <Classes classes={judged.classes} />}
      {flips.length > 0 && <Flips flips={flips} />}
    </div>
  );
}

function JudgedFacts({ judged: { n, active, shadow, interval } }: { judged: Judged }) {
  const [low, high] = interval.map((share) => decimalText(100 * share, 1));
  return (
    <>
      <Fact term={strings.judged} value={n.toLocaleString()} />
      <Fact
        term={strings.accuracy}
        value={`${percentText(active.accuracy)} → ${percentText(shadow.accuracy)}`}
      />
      <Fact term={strings.difference} value={strings.interval(low ?? '', high ?? '')} />
      <Fact
        term={strings.calibrationError}
        value={`${decimalText(active.ece, 3)} → ${decimalText(shadow.ece, 3)}`}
      />
    </>
  );
}

function Classes({ classes }: { classes: Judged['classes'] }) {
  return (
    <table>
      <caption>{strings.accuracyByCategory}</caption>
      <thead>
        <tr>
          <th scope="col">{strings.category}</th>
          <th scope="col">{strings.judged}</th>
          <th scope="col">{strings.active}</th>
          <th scope="col">{strings.trial}</th>
        </tr>
      </thead>
      <tbody>
        {classes.map(({ category, n, active, shadow }) => (
          <tr key={category}>
            <th scope="row">{category}</th>
            <td>{n.toLocaleString()}</td>
            <td>{percentText(active)}</td>
            <td>{percentText(shadow)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Flips({ flips }: { flips: Trial['flips'] }) {
  return (
    <table>
      <caption>{strings.flips}</caption>
      <thead>
        <tr>
          <th scope="col">{strings.active}</th>
          <th scope="col">{strings.trial}</th>
          <th scope="col">{strings.images}</th>
        </tr>
      </thead>
      <tbody>
        {flips.slice(0, FLIPS).map(({ from, to, n, examples }) => (
          <tr key={JSON.stringify([from, to])} title={examples.join('\n')}>
            <th scope="row">{from}</th>
            <td>{to}</td>
            <td>{n.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Versions({
  versions,
  active,
  shadow,
  act,
}: Pick<Facts, 'versions' | 'active' | 'shadow'> & { act: Act }) {
  return (
    <section class="rest">
      <h2>{strings.versions}</h2>
      {versions.length === 0 && (
        <p>
          {strings.noVersion} <code>npm run models -- add DIR</code>
        </p>
      )}
      {versions.length > 0 && <ShareOfTrial />}
      <ul class="versions">
        {versions.map((pin) => (
          <li key={nameOf(pin)}>
            <span class="version">{nameOf(pin)}</span>
            {isSame(pin, active) && <b class="role">{strings.active}</b>}
            {isSame(pin, shadow) && <b class="role">{strings.trial}</b>}
            {!isSame(pin, active) && !isSame(pin, shadow) && (
              <button type="button" onClick={() => act((api) => api.startTrial(nameOf(pin), share.value))}>
                {strings.startTrial}
                <span class="unseen"> {nameOf(pin)}</span>
              </button>
            )}
            <CardFigures name={nameOf(pin)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Of a version that the tenant has not added or used, no card is known. */
function CardFigures({ name }: { name: string }) {
  const rows = cards.value.find((card) => card.name === name)?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{strings.testedOn}</th>
          <th scope="col">{strings.images}</th>
          <th scope="col">{strings.accuracy}</th>
          <th scope="col">{strings.calibrationError}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ set, n, accuracy, ece }) => (
          <tr key={set}>
            <th scope="row">{set === 'crossValidated' ? strings.crossValidated : set}</th>
            <td>{n?.toLocaleString() ?? '–'}</td>
            <td>{percentText(accuracy)}</td>
            <td>{ece === null ? '–' : decimalText(ece, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ShareOfTrial() {
  return (
    <label>
      {strings.shareOfTrial}{' '}
      <select
        value={share.value}
        onChange={({ currentTarget }) => {
          share.value = Number(currentTarget.value);
        }}
      >
        {SHARES.map((each) => (
          <option key={each} value={each}>
            {percentText(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function History({ history }: Pick<Facts, 'history'>) {
  return (
    <section class="wide">
      <h2>{strings.history}</h2>
      {history.length === 0 && <p>{strings.noHistory}</p>}
      <ol class="history" reversed>
        {history.map(({ n, at, by, action, model: { active, shadow }, against }) => (
          <li key={n} value={n}>
            <b>{strings.rolloutActions[action]}</b>{' '}
            {action === 'trial' ? nameOr(shadow, strings.noModel) : nameOr(active, strings.installedModel)}
            <small>
              {new Date(at).toLocaleString()}, {by}
            </small>
            {against.length > 0 && (
              <div class="reason">
                {strings.forced} <InEnglish lines={against} />
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function nameOf({ id, version }: Pick<Version, 'id' | 'version'>): string {
  return `${id}@${version}`;
}

function nameOr(pin: Facts['active'], otherwise: string): string {
  return pin === null ? otherwise : nameOf(pin);
}

function isSame(pin: Version, other: Facts['active']): boolean {
  return other !== null && nameOf(pin) === nameOf(other);
}
