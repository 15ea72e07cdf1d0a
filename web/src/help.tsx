import { useRef } from 'preact/hooks';
import { useKeys } from './keys.js';
import { strings } from './strings.js';

/** The keys of the review: a button and the key `?` show them. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useKeys((key) => (key === '?' ? () => dialog.current?.showModal() : undefined));
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        <kbd>?</kbd> {strings.keys}
      </button>
      {/* While it is open, a key must not answer the picture behind it: the review listens to the window. */}
      <dialog
        ref={dialog}
        class="keys"
        aria-label={strings.keys}
        onKeyDown={(event) => event.stopPropagation()}
      >
        <form method="dialog">
          <h2>{strings.keys}</h2>
          <button type="submit" aria-label={strings.close}>
            ✕
          </button>
        </form>
        <dl>
          {strings.reviewKeys.map(([keys, text]) => (
            <div key={text}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </dialog>
    </>
  );
}
