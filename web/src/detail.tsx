import { useEffect, useRef } from 'preact/hooks';
import type { Image, Label } from './image.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { reasonText, strings } from './strings.js';
import { durationText, labelText } from './wall.jsx';

/** One image with everything that its record says. */
export function Detail({ image, session, onClose }: { image: Image; session: Session; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { name, status, reason, labels, latencyMs, model, size, uploadedAt, generation } = image;
  const facts: readonly (readonly [string, string | null])[] = [
    [strings.status, strings.statuses[status] ?? status],
    [strings.uploaded, uploadedAt === 0 ? null : new Date(uploadedAt).toLocaleString()],
    [strings.latency, latencyMs === null ? null : durationText(latencyMs)],
    [strings.model, model],
    [strings.size, size === null ? null : `${Math.ceil(size / 1_024).toLocaleString()} kB`],
    [strings.generation, generation],
  ];
  return (
    <dialog ref={dialog} class="detail" aria-label={name} onClose={onClose}>
      <form method="dialog">
        <h2>{labelText(image)}</h2>
        <button type="submit" aria-label={strings.close}>
          ✕
        </button>
      </form>
      <Picture image={image} session={session} prefers="original" />
      <p class="name">{name}</p>
      {reason !== null && <p class="reason">{reasonText(reason)}</p>}
      <Bars labels={labels} />
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
    </dialog>
  );
}

export function Bars({ labels }: { labels: readonly Label[] }) {
  return (
    <ul class="bars">
      {labels.map(({ label, score }) => (
        <li key={label}>
          <span>{label}</span>
          <meter min={0} max={1} value={score} aria-label={label} />
          <span>{(score * 100).toFixed(1)} %</span>
        </li>
      ))}
    </ul>
  );
}
