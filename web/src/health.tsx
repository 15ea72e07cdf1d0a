import type { Budget as BudgetFacts, HangtagClient, SweepAction } from '@hangtag/client';
import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import type { Finding } from '@hangtag/shared/domain/report/findings.js';
import { computed, signal, useSignal } from '@preact/signals';
import type { DocumentData } from 'firebase/firestore';
import { useEffect } from 'preact/hooks';
import { type Agreement, type Reviewer, reviewersOf } from './agreement.js';
import { attempt, type Failure } from './attempt.js';
import type { Backend, Health as HealthFacts } from './backend.js';
import { FailureText, InEnglish } from './failure.jsx';
import type { Session } from './session.js';
import { findingText, percentText, strings } from './strings.js';

const budget = signal<BudgetFacts | undefined>(undefined);
const controls = signal<readonly DocumentData[]>([]);
const answers = signal<readonly DocumentData[]>([]);
const reviewers = computed(() => reviewersOf(controls.value, answers.value));
const failure = signal<Failure | undefined>(undefined);

/** What runs and what does not: the sweep of the bucket, alerts, parked images, the latest report. */
export function Health({ session }: { session: Session }) {
  const backend = session.backend.value;
  const api = session.api.value;
  const isAdmin = session.user.value.role === 'admin';
  const facts = useSignal<HealthFacts>({});
  useEffect(() => {
    budget.value = undefined;
    if (api === undefined || !isAdmin) return;
    void attempt(failure, async () => {
      budget.value = await api.budget();
    });
  }, [api, isAdmin]);
  useEffect(() => {
    facts.value = {};
    if (backend === undefined || !isAdmin) return undefined;
    const stopControls = backend.listenToAnswers('controls', (given) => {
      controls.value = given;
    });
    const stopAnswers = backend.listenToAnswers('answers', (given) => {
      answers.value = given;
    });
    const stopHealth = backend.listenToHealth((change) => {
      facts.value = { ...facts.value, ...change };
    });
    return () => {
      stopControls();
      stopAnswers();
      stopHealth();
    };
  }, [backend, isAdmin]);
  if (!isAdmin) return <main class="notice">{strings.onlyAdmins}</main>;
  const { sweep, alerts, lastReport } = facts.value;
  return (
    <main class="panels">
      <section>
        <h2>{strings.sweep}</h2>
        {sweep === undefined ? <p>{strings.noSweep}</p> : <Sweep sweep={sweep} api={api} />}
        <FailureText failure={failure.value} />
      </section>
      {budget.value !== undefined && <Budget budget={budget.value} />}
      <section>
        <h2>{strings.alerts}</h2>
        <Alerts alerts={(alerts ?? []).filter(({ phase }) => phase === 'firing')} />
      </section>
      {backend !== undefined && <Parked backend={backend} api={api} />}
      {reviewers.value.length > 0 && <Reviewers reviewers={reviewers.value} />}
      <section>
        <h2>{strings.heartbeat}</h2>
        <p>{lastReport === undefined ? strings.noReport : strings.lastReport(lastReport)}</p>
      </section>
    </main>
  );
}

/** Images that failed several times, which can be labelled once more. */
function Parked({ backend, api }: { backend: Backend; api: HangtagClient | undefined }) {
  const count = useSignal<number | undefined>(undefined);
  const outcome = useSignal('');
  const failure = useSignal<Failure | undefined>(undefined);
  const read = async () => {
    count.value = await backend.countParked().catch(() => undefined);
  };
  useEffect(() => {
    count.value = undefined;
    outcome.value = '';
    failure.value = undefined;
    void read();
  }, [backend]);
  const replay = async (client: HangtagClient) => {
    let [replayed, isComplete] = [0, false];
    while (!isComplete) {
      outcome.value = strings.replaying(replayed);
      const part = await client.replay();
      replayed += part.replayed;
      // What failed stays parked: the same images would fail again.
      isComplete = part.isComplete || part.failed > 0;
    }
    outcome.value = strings.replayed(replayed);
    await read();
  };
  return (
    <section>
      <h2>{strings.parked}</h2>
      <p>{count.value === undefined ? strings.connecting : strings.parkedImages(count.value)}</p>
      {(count.value ?? 0) > 0 &&
        (api === undefined ? (
          <p>
            {strings.replayWith} <code>npm run replay</code>
          </p>
        ) : (
          <button type="button" onClick={() => void attempt(failure, () => replay(api))}>
            {strings.replay}
          </button>
        ))}
      <p role="status">{failure.value === undefined && outcome.value}</p>
      <FailureText failure={failure.value} />
    </section>
  );
}

function Reviewers({ reviewers }: { reviewers: readonly Reviewer[] }) {
  return (
    <section>
      <h2>{strings.reviewers}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{strings.reviewer}</th>
            <th scope="col">{strings.controls}</th>
            <th scope="col">{strings.agreement}</th>
            <th scope="col">{strings.doubles}</th>
            <th scope="col">{strings.agreement}</th>
          </tr>
        </thead>
        <tbody>
          {reviewers.map(({ by, controls, doubles }) => (
            <tr key={by}>
              <th scope="row">{by}</th>
              <Agreed agreement={controls} />
              <Agreed agreement={doubles} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Agreed({
  agreement: { count, share } = { count: 0, share: 0 },
}: {
  agreement: Agreement | undefined;
}) {
  return (
    <>
      <td>{count.toLocaleString()}</td>
      <td>{count > 0 && percentText(share)}</td>
    </>
  );
}

const ACTIONS = { running: ['pause', 'abort'], paused: ['resume', 'abort'], done: [], aborted: [] } as const;

function Sweep({ sweep, api }: { sweep: NonNullable<HealthFacts['sweep']>; api: HangtagClient | undefined }) {
  const { status, pass, prefix, progress, expected, startedAt, updatedAt } = sweep;
  const names = Object.keys(strings.sweepCounts) as (keyof typeof progress)[];
  return (
    <>
      <p>
        <b>{strings.sweepStatuses[status]}</b>
        {ACTIONS[status].length > 0 && ` · ${strings.sweepPasses[pass] ?? pass}`} {prefix}
      </p>
      {status === 'running' && expected !== null && (
        <progress
          value={progress.listed}
          max={Math.max(expected, progress.listed)}
          aria-label={strings.sweep}
        />
      )}
      <dl class="counts">
        {names
          .filter((name) => progress[name] > 0)
          .map((name) => (
            <div key={name}>
              <dt>{strings.sweepCounts[name]}</dt>
              <dd>{progress[name].toLocaleString()}</dd>
            </div>
          ))}
        <div>
          <dt>{strings.started}</dt>
          <dd>{new Date(startedAt).toLocaleString()}</dd>
        </div>
        <div>
          <dt>{strings.changed}</dt>
          <dd>{new Date(updatedAt).toLocaleString()}</dd>
        </div>
      </dl>
      {api !== undefined &&
        ACTIONS[status].map((action) => (
          <button key={action} type="button" onClick={() => void change(api, action)}>
            {strings.sweepActions[action]}
          </button>
        ))}
    </>
  );
}

/** The state that follows comes by the listener. */
function change(api: HangtagClient, action: SweepAction): Promise<void> {
  return attempt(failure, () => api.changeSweep(action));
}

function Alerts({ alerts }: { alerts: readonly AlertState[] }) {
  if (alerts.length === 0) return <p>{strings.noAlert}</p>;
  return (
    <ul class="alerts">
      {alerts.map(({ condition, severity, text, values, since }) => (
        <li key={condition} class={`finding ${severity}`}>
          <FindingText {...{ condition, text, values }} /> <small>{new Date(since).toLocaleString()}</small>
        </li>
      ))}
    </ul>
  );
}

/** What it is about, and what was found. */
export function FindingText(finding: Pick<Finding, 'condition' | 'text' | 'values'>) {
  const { condition } = finding;
  const { text, details } = findingText(finding);
  return (
    <>
      <b>{strings.conditions[condition] ?? condition}:</b> {text}
      {details !== undefined && <InEnglish lines={[details]} />}
    </>
  );
}

function Budget({ budget: { tenant, installation } }: { budget: BudgetFacts }) {
  return (
    <section>
      <h2>{strings.budget}</h2>
      <Use title={strings.ofTenant} use={tenant} />
      {installation !== undefined && <Use title={strings.ofInstallation} use={installation} />}
    </section>
  );
}

function Use({ title, use: { images, limit, costEstimate } }: { title: string; use: BudgetFacts['tenant'] }) {
  const cost = costEstimate.toLocaleString(undefined, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: 4,
  });
  const used = limit === null ? strings.usedOfNoLimit(images, cost) : strings.used(images, limit, cost);
  return (
    <p>
      <b>{title}</b> {used}
      {limit !== null && <progress value={Math.min(images, limit)} max={limit} aria-label={title} />}
    </p>
  );
}
