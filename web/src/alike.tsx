import { useState } from 'preact/hooks';
import { type Image, keyOf } from './image.js';
import { useKeys } from './keys.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { strings } from './strings.js';

/** The most that the API answers with. */
const MOST_COMPARED = 100;

interface AlikeProps {
  readonly images: readonly Image[];
  readonly label: string;
  readonly session: Session;
  onConfirm(images: readonly Image[]): void;
  onBack(): void;
}

/** Images that look alike and have the same first label, confirmed together. */
export function Alike({ images, label, session, onConfirm, onBack }: AlikeProps) {
  const [excluded, setExcluded] = useState<ReadonlySet<string>>(new Set());
  const chosen = images.filter((image) => !excluded.has(keyOf(image)));
  const toggle = (key: string) =>
    setExcluded((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  useKeys((key) => {
    if (key === 'Enter' && chosen.length > 0) return () => onConfirm(chosen);
    return key === 'Escape' ? onBack : undefined;
  });
  return (
    <section class="alike" aria-label={label}>
      <p>
        <button type="button" disabled={chosen.length === 0} onClick={() => onConfirm(chosen)}>
          <kbd>Enter</kbd> {strings.confirmAlike(chosen.length, label)}
        </button>{' '}
        <button type="button" onClick={onBack}>
          <kbd>Esc</kbd> {strings.backToOne}
        </button>
      </p>
      <ul>
        {images.map((image) => (
          <li key={keyOf(image)}>
            <button
              type="button"
              aria-pressed={!excluded.has(keyOf(image))}
              onClick={({ currentTarget, detail }) => {
                toggle(keyOf(image));
                // After a click of a mouse, Enter confirms all; for somebody who uses keys it belongs to the button.
                if (detail > 0) currentTarget.blur();
              }}
            >
              <Picture image={image} session={session} prefers="small" />
              <span>{image.name}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="help">{strings.alikeHelp}</p>
    </section>
  );
}

/**
 * Ids of the images that look like this one, itself first. Undefined if they are not known: the page has no API, the tenant not the
 * feature `similar`, or no answer comes.
 */
export async function lookAlikes({ id }: Image, { api }: Session): Promise<readonly string[] | undefined> {
  const found = await api.value?.similar({ id }, { limit: MOST_COMPARED }).catch(() => undefined);
  return found && [id, ...found.map((each) => each.id)];
}

/** The model's first label; undefined if it has none, or if none fits. */
export function suggestionOf({ labels, category, reason }: Image): string | undefined {
  if (reason === 'unknown-object') return undefined;
  return labels[0]?.label ?? category ?? undefined;
}
