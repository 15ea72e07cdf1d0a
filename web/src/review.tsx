import { isCategory } from '@hangtag/shared/domain/category.js';
import { effect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo } from 'preact/hooks';
import { type AnswerState, Answers } from './answers.js';
import { Claims } from './claims.js';
import { type Image as ImageRecord, keyOf } from './image.js';
import { Outbox } from './outbox.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { reasonText, strings } from './strings.js';

const MOST_CHOICES = 9;

/** Claimed ahead of the picture that is shown, so that the next ones are there at once. */
const AHEAD = 5;
const CLAIM_SECONDS = 300;

/** One picture after the other, least certain first, answered by keys. */
export function Review({ session }: { session: Session }) {
  const { claims, answers } = useDesk(session);
  const [current, next] = answers.queue.value;
  const nextUrl = next === undefined ? '' : session.pictureUrls(next).original;
  useEffect(() => {
    // The browser keeps it: the next picture is there when the key is pressed.
    new Image().src = nextUrl;
  }, [nextUrl]);
  if (session.user.value.role === 'viewer') return <p class="notice">{strings.onlyReviewers}</p>;
  const left = session.reviews.value.filter((image) => !answers.isAnswered(image)).length;
  return (
    <main class="review">
      <p class="count">{strings.toReview(left, session.hasMoreReviews.value)}</p>
      {current === undefined ? (
        <p class="notice">{noticeOf(left, claims.hasAnswer.value)}</p>
      ) : (
        <Question key={keyOf(current)} {...{ image: current, answers, session }} />
      )}
      <p class="answer" role="status">
        {answerText(answers.state.value)}
        {answers.state.value.kind === 'pending' && (
          <button type="button" onClick={() => answers.undo()}>
            {strings.undo} <kbd>U</kbd>
          </button>
        )}
      </p>
      <p class="help">{strings.help}</p>
    </main>
  );
}

function noticeOf(left: number, hasAnswer: boolean): string {
  if (left === 0) return strings.nothingToReview;
  return hasAnswer ? strings.claimedByOthers : strings.connecting;
}

/** Claims and answers of the user while the review is open. */
function useDesk(session: Session): { readonly claims: Claims; readonly answers: Answers } {
  const backend = session.backend.value;
  const seconds = session.settings.claimSeconds ?? CLAIM_SECONDS;
  const desk = useMemo(() => {
    const claims = new Claims(session.reviews, {
      seconds,
      now: Date.now,
      claim: async (image) => (await backend?.claim(image, seconds)) ?? false,
      release: (image) => backend?.release(image),
    });
    const outbox = new Outbox(session.user.value);
    const answers = new Answers(claims.held, async (image, category) => {
      const { id, generation } = image;
      await outbox.send({ id, generation, category }, async (answer) => backend?.correct(answer));
      claims.release(image);
    });
    return { claims, answers };
  }, [session, backend, seconds]);
  useEffect(() => {
    const { claims, answers } = desk;
    if (backend === undefined || session.user.value.role === 'viewer') return undefined;
    const renew = () => claims.renew();
    const close = () => {
      answers.flush();
      claims.close();
    };
    const timer = setInterval(renew, (seconds * 1_000) / 10);
    const stopTaking = effect(() => void claims.take(AHEAD - answers.fresh.value));
    // A machine that slept wakes with old claims.
    addEventListener('visibilitychange', renew);
    addEventListener('pagehide', close);
    return () => {
      clearInterval(timer);
      stopTaking();
      removeEventListener('visibilitychange', renew);
      removeEventListener('pagehide', close);
      close();
    };
  }, [desk, session, backend, seconds]);
  return desk;
}

interface QuestionProps {
  readonly image: ImageRecord;
  readonly answers: Answers;
  readonly session: Session;
}

function Question({ image, answers, session }: QuestionProps) {
  const choices = choicesOf(image, session.settings.labels);
  // With the picture, not after it is drawn: a quick key must not answer for the picture before.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      const action = actionOf(event.key, choices);
      if (action === undefined) return;
      event.preventDefault();
      if (typeof action === 'object') answers.answer(image, action.category);
      else if (action === 'skip') answers.skip(image);
      else answers[action]();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  return (
    <article class="question">
      <figure>
        <Picture image={image} session={session} prefers="original" />
        <figcaption>
          {image.name}
          {image.reason !== null && <span class="reason">{reasonText(image.reason)}</span>}
        </figcaption>
      </figure>
      <fieldset class="choices">
        <legend>{strings.whichLabel}</legend>
        {choices.map(({ label, score }, index) => (
          <button key={label} type="button" onClick={() => answers.answer(image, label)}>
            <kbd>{index < MOST_CHOICES ? index + 1 : ''}</kbd> {label}
            {score !== null && <small>{Math.round(score * 100)} %</small>}
          </button>
        ))}
        <OtherLabel onChosen={(category) => answers.answer(image, category)} />
        <button type="button" class="skip" onClick={() => answers.skip(image)}>
          <kbd>S</kbd> {strings.skip}
        </button>
      </fieldset>
    </article>
  );
}

/** A label that the model does not have. A model that learns from corrections can get it. */
function OtherLabel({ onChosen }: { onChosen: (category: string) => void }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const category = new FormData(event.currentTarget).get('category')?.toString().trim();
        if (category) onChosen(category);
      }}
    >
      <input
        name="category"
        aria-label={strings.otherLabel}
        placeholder={strings.otherLabel}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value.trim();
          currentTarget.setCustomValidity(text === '' || isCategory(text) ? '' : strings.notALabel);
        }}
      />
      <button type="submit">{strings.confirm}</button>
    </form>
  );
}

interface Choice {
  readonly label: string;
  readonly score: number | null;
}

/** The model's labels by score, then the others of the model. */
function choicesOf({ labels, category }: ImageRecord, all: readonly string[]): readonly Choice[] {
  const scored = labels.length > 0 || category === null ? labels : [{ label: category, score: 0 }];
  const others = all.filter((label) => !scored.some((each) => each.label === label));
  return [...scored, ...others.map((label) => ({ label, score: null }))];
}

type Action = { readonly category: string } | 'skip' | 'back' | 'undo';

const KEYS: Readonly<Record<string, Action>> = {
  s: 'skip',
  ArrowRight: 'skip',
  ArrowLeft: 'back',
  u: 'undo',
};

function actionOf(key: string, choices: readonly Choice[]): Action | undefined {
  const chosen = key === 'Enter' ? choices[0] : /^[1-9]$/.test(key) ? choices[Number(key) - 1] : undefined;
  return chosen === undefined ? KEYS[key.length === 1 ? key.toLowerCase() : key] : { category: chosen.label };
}

function answerText(state: AnswerState): string {
  switch (state.kind) {
    case 'none':
      return '';
    case 'pending':
      return strings.pending(state.category);
    case 'saved':
      return strings.saved(state.category);
    case 'failed':
      return strings.notSaved(state.why);
  }
}
