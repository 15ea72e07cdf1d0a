import { isCategory } from '@hangtag/shared/domain/category.js';
import { suggestionOf } from './alike.jsx';
import type { Answers } from './answers.js';
import { ExplainedPicture } from './explained-picture.jsx';
import type { Image } from './image.js';
import { useKeys } from './keys.js';
import type { Session } from './session.js';
import { reasonText, strings } from './strings.js';

const MOST_CHOICES = 9;

interface QuestionProps {
  readonly image: Image;
  readonly answers: Answers;
  readonly session: Session;
  onAnswer(category: string): void;
  onSkip(): void;
  /** Shows the images that look alike and have this first label. */
  onAlike(label: string): void;
}

/** One picture with the labels that it may have, answered by a click or a key. */
export function Question({ image, answers, session, onAnswer, onSkip, onAlike }: QuestionProps) {
  const choices = choicesOf(image, session.settings.labels);
  const suggestion = image.likely === null ? suggestionOf(image) : undefined;
  const showAlike = suggestion && (() => onAlike(suggestion));
  useKeys((key) => {
    const chosen = key === 'Enter' ? choices[0] : choices[Number(key) - 1];
    if (chosen !== undefined) return () => onAnswer(chosen.label);
    switch (key) {
      case 's':
      case 'ArrowRight':
        return onSkip;
      case 'ArrowLeft':
        return () => answers.back();
      case 'u':
        return () => answers.undo();
      case 'a':
        return showAlike || undefined;
      default:
        return undefined;
    }
  });
  return (
    <article class="question">
      <figure>
        <ExplainedPicture image={image} session={session} />
        <figcaption>
          {image.name}
          {image.reason !== null && <span class="reason">{reasonText(image.reason)}</span>}
          {image.likely !== null && <span class="reason">{strings.labelled(image.category ?? '')}</span>}
        </figcaption>
      </figure>
      <fieldset class="choices">
        <legend>{strings.whichLabel}</legend>
        {choices.map(({ label, score }, index) => (
          <button key={label} type="button" onClick={() => onAnswer(label)}>
            <kbd>{index < MOST_CHOICES ? index + 1 : ''}</kbd> <span>{label}</span>
            {label === image.opinion?.category && <em class="opinion">{strings.opinionShort}</em>}
            {score !== null && <small>{Math.round(score * 100)} %</small>}
          </button>
        ))}
        <OtherLabel onChosen={onAnswer} />
        {showAlike && (
          <button type="button" class="skip" onClick={showAlike}>
            <kbd>A</kbd> {strings.alike}
          </button>
        )}
        <button type="button" class="skip" onClick={onSkip}>
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
        const category = new FormData(event.currentTarget).get('category')?.toString().trim().normalize();
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

/** The label that is more likely, the model's labels by score, that of the second opinion, then the others of the model. */
function choicesOf(
  { labels, category, reason, likely, opinion }: Image,
  all: readonly string[],
): readonly Choice[] {
  const isKnown = reason !== 'unknown-object';
  const best = labels.map(({ label, score }) => ({ label, score: isKnown ? score : null }));
  const known = best.length > 0 || category === null ? best : [{ label: category, score: null }];
  const scored = likely === null ? known : [likely, ...known.filter(({ label }) => label !== likely.label)];
  const suggested = opinion?.category == null ? all : [opinion.category, ...all];
  const others = [...new Set(suggested)].filter((label) => !scored.some((each) => each.label === label));
  return [...scored, ...others.map((label) => ({ label, score: null }))];
}
