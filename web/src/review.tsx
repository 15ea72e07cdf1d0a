import { isCategory } from '@hangtag/shared/domain/category.js';
import { useEffect, useLayoutEffect, useMemo } from 'preact/hooks';
import { type AnswerState, Answers } from './answers.js';
import type { Image as ImageRecord } from './image.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { pictureUrl } from './settings.js';
import { reasonText, strings } from './strings.js';

const MOST_CHOICES = 9;

/** One picture after the other, least certain first, answered by keys. */
export function Review({ session }: { session: Session }) {
  const backend = session.backend.value;
  const answers = useMemo(
    () =>
      new Answers(session.reviews, async (image, category) => {
        await backend?.correct(image, category);
      }),
    [session, backend],
  );
  useEffect(() => {
    const flush = () => answers.flush();
    addEventListener('pagehide', flush);
    return () => {
      removeEventListener('pagehide', flush);
      flush();
    };
  }, [answers]);
  const [current, next] = answers.queue.value;
  const nextUrl = next === undefined ? '' : pictureUrl(session.settings, next);
  useEffect(() => {
    // The browser keeps it: the next picture is there when the key is pressed.
    new Image().src = nextUrl;
  }, [nextUrl]);
  if (session.user.value.role !== 'reviewer') return <p class="notice">{strings.onlyReviewers}</p>;
  return (
    <main class="review">
      <p class="count">{strings.toReview(answers.queue.value.length, session.hasMoreReviews.value)}</p>
      {current === undefined ? (
        <p class="notice">{strings.nothingToReview}</p>
      ) : (
        <Question key={`${current.id}/${current.generation}`} {...{ image: current, answers, session }} />
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
        <Picture image={image} settings={session.settings} />
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
