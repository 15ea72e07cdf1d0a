import type { HangtagClient, LearnRequest } from '@hangtag/client';
import { hasEnded, type LearningRun, SILENCE_MS } from '@hangtag/shared/domain/learning-run.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt, type Failure, failureOf } from './attempt.js';
import type { Backend } from './backend.js';
import { FailureText, InEnglish } from './failure.jsx';
import { MOST_COUNTED } from './settings.js';
import { atLeast, percentText, strings } from './strings.js';

interface LearningProps {
  readonly backend: Backend;
  readonly api: HangtagClient | undefined;
  /** Of the images, for the trial of the new version. */
  readonly share: number;
  /** Which does the same without an API. */
  readonly command: string;
}

/** Starts a run of learning, and shows how far it is and what came of it. */
export function Learning({ backend, api, share, command }: LearningProps) {
  /** Undefined until it is known. */
  const latest = useSignal<LearningRun | null | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const isAsked = useSignal(false);
  useEffect(() => {
    latest.value = undefined;
    failure.value = undefined;
    return backend.listenToLearning(
      (run) => {
        latest.value = run;
      },
      (error) => {
        failure.value = failureOf(error);
      },
    );
  }, [backend]);
  const run = latest.value ?? null;
  const isSilent = useSilence(run);
  const isUnderWay = run !== null && !hasEnded(run) && !isSilent;
  const count = useCorrections(backend, latest.value, isUnderWay);
  const isBusy = latest.value === undefined || isUnderWay || isAsked.value;
  const start = async (request: LearnRequest) => {
    if (api === undefined || isBusy) return;
    isAsked.value = true;
    // The listener brings the run.
    await attempt(failure, () => api.learn(request));
    isAsked.value = false;
  };
  const isToRepeat = run !== null && (run.state === 'interrupted' || isSilent);
  return (
    <section class="wide">
      <h2>{strings.learn}</h2>
      <p>{strings.learnHelp}</p>
      {/* A change of this text is read out; the number of pictures is not part of it. */}
      <p role="status">{run !== null && textOf(run, isSilent)}</p>
      {isUnderWay && <Progress run={run} />}
      {run !== null && !isUnderWay && <Outcome run={run} />}
      <FailureText failure={failure.value} />
      {api === undefined ? (
        <p>
          {strings.learnWith} <code>{command}</code>
        </p>
      ) : (
        // A button that is disabled in HTML would lose the focus of the keyboard.
        <button
          type="button"
          aria-disabled={isBusy}
          onClick={() => void start(isToRepeat ? requestOf(run) : { share })}
        >
          {isToRepeat ? strings.startAgain : startText(count)}
        </button>
      )}
      {api !== undefined && run?.fault === 'one-label' && (
        <button
          type="button"
          onClick={() => void start({ ...requestOf(run), trusted: [...run.trusted, ...run.reviewers] })}
        >
          {strings.learnNevertheless}
        </button>
      )}
    </section>
  );
}

/** Whether a run that has not ended was not written for so long that its process has ended. The clock of this machine may be wrong. */
function useSilence(run: LearningRun | null): boolean {
  const isSilent = useSignal(false);
  useEffect(() => {
    isSilent.value = false;
    if (run === null || hasEnded(run)) return undefined;
    const timer = setTimeout(() => {
      isSilent.value = true;
    }, SILENCE_MS);
    return () => clearTimeout(timer);
  }, [run?.id, run?.state, run?.updatedAt]);
  return isSilent.value;
}

/** How many images were judged since the last run that made a version; undefined until it is known. */
function useCorrections(
  backend: Backend,
  run: LearningRun | null | undefined,
  isUnderWay: boolean,
): number | undefined {
  const count = useSignal<number | undefined>(undefined);
  const isKnown = run !== undefined && !isUnderWay;
  const after = run?.state === 'done' ? run.queuedAt : 0;
  useEffect(() => {
    count.value = undefined;
    let isWanted = isKnown;
    if (isWanted)
      backend.countCorrections(after).then(
        (found) => {
          if (isWanted) count.value = found;
        },
        () => {},
      );
    return () => {
      isWanted = false;
    };
  }, [backend, isKnown, after]);
  return count.value;
}

function startText(count: number | undefined): string {
  return count === undefined || count === 0
    ? strings.learn
    : strings.learnFrom(atLeast(count, count >= MOST_COUNTED));
}

function requestOf({ min, share, trusted }: LearningRun): LearnRequest {
  return { min, share, trusted: [...trusted] };
}

function textOf(run: LearningRun, isSilent: boolean): string {
  if (isSilent) return strings.learningSilent;
  switch (run.state) {
    case 'queued':
      return strings.learningQueued;
    case 'running':
      return strings.learningSteps[run.step];
    case 'done':
      return run.model === null ? '' : strings.learned(nameOfVersion(run.model));
    case 'refused':
      return run.fault === null ? strings.learningRefused : strings.learningFaults[run.fault](run);
    case 'interrupted':
      return strings.learningInterrupted;
    case 'failed':
      return strings.learningFailed;
  }
}

function Progress({ run: { state, step, done, total } }: { run: LearningRun }) {
  const isCounted = state === 'running' && step === 'embed' && total > 0;
  // Another key makes a new element: one that had a value cannot be without one.
  return isCounted ? (
    <p key="counted">
      <progress value={done} max={total} aria-label={strings.learn} />
      {strings.picturesRead(done.toLocaleString(), total.toLocaleString())}
    </p>
  ) : (
    <p key="uncounted">
      <progress aria-label={strings.learn} />
    </p>
  );
}

function Outcome({ run: { state, by, updatedAt, figures, message, notes } }: { run: LearningRun }) {
  const lines = [...(message?.split('\n') ?? []), ...notes];
  return (
    <>
      <small>
        {new Date(updatedAt).toLocaleString()}, {by}
      </small>
      <div class="figures">
        {figures !== null && <Figures figures={figures} />}
        {lines.length > 0 && <InEnglish lines={lines} isFolded={state === 'done'} />}
      </div>
    </>
  );
}

function Figures({
  figures: { n, accuracy, accuracyBefore, classes },
}: {
  figures: NonNullable<LearningRun['figures']>;
}) {
  return (
    <table>
      <caption>{strings.learnedFigures}</caption>
      <thead>
        <tr>
          <th scope="col">{strings.category}</th>
          <th scope="col">{strings.images}</th>
          <th scope="col">{strings.before}</th>
          <th scope="col">{strings.after}</th>
          <th scope="col">{strings.precision}</th>
        </tr>
      </thead>
      <tbody>
        {classes.map(({ label, n: count, precision, recall, recallBefore }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{count.toLocaleString()}</td>
            <td>{shareText(recallBefore)}</td>
            <td>{shareText(recall)}</td>
            <td>{shareText(precision)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">
            <b>{strings.allCategories}</b>
          </th>
          <td>{n.toLocaleString()}</td>
          <td>{shareText(accuracyBefore)}</td>
          <td>{shareText(accuracy)}</td>
          <td>–</td>
        </tr>
      </tbody>
    </table>
  );
}

function shareText(share: number | null): string {
  return share === null ? '–' : percentText(share);
}
