import { effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Alike, lookAlikes, suggestionOf } from './alike.jsx';
import { type AnswerState, Answers } from './answers.js';
import { Claims } from './claims.js';
import { Controls } from './controls.js';
import { Help } from './help.jsx';
import { type Image as ImageRecord, keyOf, type ReviewOrder } from './image.js';
import { Outbox } from './outbox.js';
import { order, queue } from './place.js';
import { Question } from './question.jsx';
import { problemOf, type Session } from './session.js';
import { strings } from './strings.js';

/** Claimed ahead of the picture that is shown, so that the next ones are there at once. */
const AHEAD = 5;
const CLAIM_SECONDS = 300;
/** The most images that are confirmed together. */
const MOST_ALIKE = 24;

/** One picture after the other, answered by keys. */
export function Review({ session }: { session: Session }) {
  const seconds = session.settings.claimSeconds ?? CLAIM_SECONDS;
  const { claims, answers } = useDesk(session, seconds);
  const controls = useControls(session);
  const control = queue.value === 'review' ? controls?.current.value : undefined;
  const [alike, setAlike] = useState<{ readonly label: string; readonly ids: readonly string[] }>();
  const [current, next] = answers.queue.value;
  const nextUrl = next === undefined ? '' : session.pictureUrls(next).original;
  useEffect(() => {
    // The browser keeps it: the next picture is there when the key is pressed.
    new Image().src = nextUrl;
  }, [nextUrl]);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    // A link that was followed keeps the focus, and Enter would follow it again.
    main.current?.focus();
  }, [queue.value, order.value]);
  if (session.user.value.role === 'viewer') return <main class="notice">{strings.onlyReviewers}</main>;
  const showAlike = async (image: ImageRecord, label: string) => {
    const similar = await lookAlikes(image, session);
    const isWanted = (other: ImageRecord) =>
      suggestionOf(other) === label && (similar === undefined || similar.includes(other.id));
    await claims.take(MOST_ALIKE, isWanted);
    if (answers.isAnswered(image)) return;
    const ids = answers.queue.value.filter(isWanted).map(({ id }) => id);
    if (similar !== undefined) ids.sort((a, b) => similar.indexOf(a) - similar.indexOf(b));
    // What is claimed later was not seen, so it is not confirmed with the others.
    setAlike({ label, ids: ids.slice(0, MOST_ALIKE) });
  };
  const open = new Map(answers.queue.value.map((image) => [image.id, image]));
  const shown = alike?.ids.flatMap((id) => open.get(id) ?? []) ?? [];
  const hasReviews = session.hasReviews.value;
  const left = session.queue.value.filter((image) => !answers.isAnswered(image)).length;
  const hasMore = queue.value === 'review' && session.hasMoreReviews.value;
  const content = () => {
    if (alike !== undefined && shown.length > 0)
      return (
        <Alike
          {...{ images: shown, label: alike.label, session }}
          onConfirm={(images) => {
            controls?.onAnswer();
            answers.answer(images, alike.label);
            setAlike(undefined);
          }}
          onBack={() => setAlike(undefined)}
        />
      );
    if (control !== undefined)
      return (
        <Question
          key={keyOf(control)}
          // It looks like a picture that nobody has judged.
          {...{ image: { ...control, category: null, reason: 'low-confidence' }, answers, session }}
          onAnswer={(category) => {
            answers.answer([control], category, {
              save: async () =>
                session.backend.value?.answerControl(control, category).catch(() => {
                  // Judged anew or deleted meanwhile: it is no control any more.
                }),
              onUndo: () => controls?.showAgain(control),
            });
            controls?.onDone(control);
          }}
          onSkip={() => controls?.onDone(control)}
          onAlike={(label) => void showAlike(control, label)}
        />
      );
    if (current === undefined) {
      const waiting = problemOf(session) ?? strings.connecting;
      const others = claims.hasAnswer.value ? strings.claimedByOthers(seconds) : strings.connecting;
      const notice = left === 0 ? strings.nothingToReview : others;
      return <p class="notice">{hasReviews ? notice : waiting}</p>;
    }
    return (
      <Question
        key={keyOf(current)}
        {...{ image: current, answers, session }}
        onAnswer={(category) => {
          answers.answer([current], category);
          controls?.onAnswer();
        }}
        onSkip={() => answers.skip(current)}
        onAlike={(label) => void showAlike(current, label)}
      />
    );
  };
  return (
    <main class="review" ref={main} tabIndex={-1}>
      <div class="count">
        {hasReviews && <span>{strings.toReview(left, hasMore)}</span>}
        {left > 0 && queue.value === 'review' && <Orders />}
        <OtherQueue session={session} />
        <Help />
      </div>
      {content()}
      <p class="answer" role="status">
        {answerText(answers.state.value)}
        {answers.state.value.kind === 'pending' && (
          <button type="button" onClick={() => answers.undo()}>
            {strings.undo} <kbd>U</kbd>
          </button>
        )}
      </p>
    </main>
  );
}

/** What comes first. */
function Orders() {
  const link = (by: ReviewOrder, text: string) => (
    <a href={by === 'age' ? '#review?order=age' : '#review'} aria-current={by === order.value}>
      {text}
    </a>
  );
  return (
    <span class="orders">
      {link('uncertainty', strings.leastCertainFirst)} {link('age', strings.oldestFirst)}
    </span>
  );
}

/** A link to the queue of likely wrong labels, if there are some, and back. */
function OtherQueue({ session }: { session: Session }) {
  const { length } = session.suspects.value;
  if (queue.value === 'suspects') return <a href="#review">{strings.backToReview}</a>;
  return length === 0 ? null : <a href="#review?queue=suspects">{strings.suspects(length)}</a>;
}

/**
 * Claims and answers of the user while the review is open.
 * @param seconds after which a claim expires
 */
function useDesk(session: Session, seconds: number): { readonly claims: Claims; readonly answers: Answers } {
  const backend = session.backend.value;
  const desk = useMemo(() => {
    const claims = new Claims(session.queue, {
      seconds,
      now: Date.now,
      claim: async (image) => (await backend?.claim(image, seconds)) ?? false,
      release: (image) => backend?.release(image),
    });
    const outbox = new Outbox(session.user.value);
    const answers = new Answers(claims.held, async (image, category) => {
      const { id, generation } = image;
      const isDouble = session.needsTwoPeople(image);
      await outbox.send({ id, generation, category, isDouble }, async (each) => backend?.answer(each));
      claims.release(image);
    });
    return { claims, answers };
  }, [session, backend, seconds, queue.value, order.value]);
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

/** Undefined if the tenant has no controls. */
function useControls(session: Session): Controls | undefined {
  const [controls, setControls] = useState<Controls>();
  const backend = session.backend.value;
  const every = session.reviewSettings.value?.controlEvery;
  useEffect(() => {
    setControls(undefined);
    if (backend === undefined || every === undefined || session.user.value.role === 'viewer') return;
    backend.readControls().then(
      (images) => setControls(new Controls(images, every)),
      // Without a connection, or where images are private, a review has no controls.
      () => {},
    );
  }, [backend, every, session]);
  return controls;
}

function answerText(state: AnswerState): string {
  switch (state.kind) {
    case 'none':
      return '';
    case 'pending':
      return strings.pending(state.category);
    case 'sent':
      return strings.sent(state.category);
    case 'saved':
      return strings.saved(state.category);
    case 'failed':
      return strings.notSaved(state.why === 'refused' ? strings.refused : state.why);
  }
}
