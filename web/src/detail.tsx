import { useSignal } from '@preact/signals';
import type { DocumentData } from 'firebase/firestore';
import { useEffect, useRef, useState } from 'preact/hooks';
import { attempt, type Failure } from './attempt.js';
import { ExplainedPicture } from './explained-picture.jsx';
import { FailureText } from './failure.jsx';
import { type Image, imageOf, type Label, type Swatch } from './image.js';
import { useKeys } from './keys.js';
import { Picture } from './picture.jsx';
import { eventsOf, type RecordEvent, rawTextOf, timingsOf } from './record-details.js';
import type { Session } from './session.js';
import { colourText, decimalText, reasonText, serviceErrorText, strings } from './strings.js';
import { durationText, labelText } from './wall.jsx';

interface DetailProps {
  readonly id: string;
  readonly session: Session;
  /** The images before and after it on the wall. */
  readonly neighbours: readonly [before: string | undefined, after: string | undefined];
  onOpen(id: string): void;
  onClose(): void;
}

/** One image with everything that its record says, as it changes. */
export function Detail({ id, session, neighbours: [before, after], onOpen, onClose }: DetailProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const step = (to: string | undefined) => (to === undefined ? undefined : () => onOpen(to));
  useKeys((key) => {
    if (key === 'ArrowLeft') return step(before);
    return key === 'ArrowRight' ? step(after) : undefined;
  });
  const { data, problem } = useRecord(session, id);
  const image = data === undefined ? undefined : imageOf(id, data);
  return (
    <dialog ref={dialog} class="detail" aria-label={image?.name ?? id} onClose={onClose}>
      <form method="dialog">
        <h2 class="title">{image === undefined ? strings.connecting : labelText(image)}</h2>
        <Step label={strings.previousImage} sign="‹" onStep={step(before)} />
        <Step label={strings.nextImage} sign="›" onStep={step(after)} />
        <button type="submit" aria-label={strings.close}>
          ✕
        </button>
      </form>
      <p class="reason" role="status">
        {problem}
      </p>
      {image !== undefined && data !== undefined && (
        <Facts key={id} image={image} data={data} session={session} onOpen={onOpen} />
      )}
    </dialog>
  );
}

interface Known {
  readonly id: string;
  /** As it was last known, also after the record was deleted. */
  readonly data?: DocumentData | undefined;
  readonly problem: string;
}

function useRecord({ backend: { value: backend } }: Session, id: string): Known {
  const [known, setKnown] = useState<Known>({ id, problem: '' });
  useEffect(
    () =>
      backend?.listenToRecord(
        id,
        (data) =>
          setKnown((before) =>
            data === undefined
              ? { ...(before.id === id ? before : { id }), problem: strings.noRecord }
              : { id, data, problem: '' },
          ),
        (code) =>
          setKnown((before) => ({
            ...before,
            problem: strings.failedToLoad(serviceErrorText(code)),
          })),
      ),
    [backend, id],
  );
  return known.id === id ? known : { id, problem: '' };
}

interface StepProps {
  readonly label: string;
  readonly sign: string;
  readonly onStep: (() => void) | undefined;
}

function Step({ label, sign, onStep }: StepProps) {
  return (
    <button type="button" aria-label={label} disabled={!onStep} onClick={onStep}>
      {sign}
    </button>
  );
}

interface FactsProps {
  readonly image: Image;
  readonly data: DocumentData;
  readonly session: Session;
  onOpen(id: string): void;
}

function Facts({ image, data, session, onOpen }: FactsProps) {
  const { name, status, reason, labels, latencyMs, model, size, generation, palette, opinion } = image;
  const timings = timingsOf(data).map(([step, ms]) => `${strings.steps[step]} ${durationText(ms)}`);
  const facts: readonly (readonly [string, string | null])[] = [
    [strings.status, strings.statuses[status]],
    [strings.latency, latencyMs === null ? null : durationText(latencyMs)],
    [strings.timings, timings.join(' · ') || null],
    [strings.model, model],
    [strings.size, size === null ? null : `${Math.ceil(size / 1_024).toLocaleString()} kB`],
    [strings.generation, generation || null],
  ];
  return (
    <div class="columns">
      <div>
        <ExplainedPicture image={image} session={session} />
        <p class="name">{name}</p>
        {palette.length > 0 && <Palette palette={palette} />}
      </div>
      <div>
        {reason !== null && <p class="reason">{reasonText(reason)}</p>}
        <Bars labels={labels} />
        {opinion !== null && (
          <p>
            {strings.secondOpinion(opinion.by)} <b>{opinion.category ?? strings.noLabelFits}</b>
          </p>
        )}
        <dl>
          {facts.map(([term, value]) =>
            value === null ? null : (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
        <h3 class="topic">{strings.history}</h3>
        <ol class="history">
          {eventsOf(data, image).map((event) => (
            <Event key={event.kind} event={event} />
          ))}
        </ol>
        {data['vector'] != null && <Similar image={image} session={session} onOpen={onOpen} />}
        <details class="raw">
          <summary>{strings.rawRecord}</summary>
          <pre>{rawTextOf(data)}</pre>
        </details>
      </div>
    </div>
  );
}

function Event({ event: { kind, at, what, by } }: { event: RecordEvent }) {
  const shown = kind === 'changed' ? (strings.statuses[what as Image['status']] ?? what) : what;
  return (
    <li>
      {strings.events[kind]} {shown !== null && <b>{shown}</b>}
      <small>
        {new Date(at).toLocaleString()}
        {by !== null && `, ${by}`}
      </small>
    </li>
  );
}

function Palette({ palette }: { palette: readonly Swatch[] }) {
  return (
    <>
      <div class="palette" aria-hidden="true">
        {palette.map(({ name, share, colour }) => (
          <span key={name + colour} style={{ background: colour, flex: `${share} 0 0` }} />
        ))}
      </div>
      <ul class="swatches" aria-label={strings.palette}>
        {palette.map(({ name, share, colour }) => (
          <li key={name + colour}>
            <span class="swatch" style={{ background: colour }} /> {colourText(name)}
            <small>{Math.round(share * 100)} %</small>
          </li>
        ))}
      </ul>
    </>
  );
}

const SIMILAR = 12;

/** They are read on request, since a search costs reads of Firestore. */
function Similar({ image, session, onOpen }: Omit<FactsProps, 'data'>) {
  const { hasThumbnail } = image;
  const found = useSignal<readonly Image[] | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const api = session.api.value;
  if (api === undefined) return null;
  const search = async () => {
    const images = await api.similar(image, { limit: SIMILAR });
    // The API does not say which images have a thumbnail: probably those of its tenant.
    found.value = images.map((each) => ({ ...imageOf(each.id, each), hasThumbnail }));
  };
  return (
    <>
      <h3 class="topic">{strings.similar}</h3>
      {found.value === undefined && (
        <button type="button" onClick={() => void attempt(failure, search)}>
          {strings.showSimilar}
        </button>
      )}
      <FailureText failure={failure.value} />
      {found.value?.length === 0 && <p>{strings.noneSimilar}</p>}
      <ul class="similar">
        {found.value?.map((each) => (
          <li key={each.id}>
            <button type="button" title={each.name} onClick={() => onOpen(each.id)}>
              <Picture image={each} session={session} prefers="small" />
              <span>{labelText(each)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Bars({ labels }: { labels: readonly Label[] }) {
  return (
    <ul class="bars">
      {labels.map(({ label, score }) => (
        <li key={label}>
          <span>{label}</span>
          <meter min={0} max={1} value={score} aria-label={label} />
          <span>{decimalText(score * 100, 1)} %</span>
        </li>
      ))}
    </ul>
  );
}
