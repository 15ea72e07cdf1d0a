import type { HeatMap } from '@hangtag/shared/domain/record.js';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { drawShade } from './heat.js';
import type { Image } from './image.js';
import { useKeys } from './keys.js';
import { Picture } from './picture.jsx';
import type { Session } from './session.js';
import { strings } from './strings.js';

/** Longer side of the overlay in pixels. It has no detail. */
const OVERLAY = 256;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture, and a button that shows which parts of it speak for the label of the model, where the record says so. */
export function ExplainedPicture({ image, session }: { image: Image; session: Session }) {
  const { heat, labels } = image;
  const [isShown, setIsShown] = useState(false);
  const [size, setSize] = useState<Size>();
  const toggle = heat === null ? undefined : () => setIsShown(!isShown);
  useKeys((key) => (key === 'w' ? toggle : undefined));
  const label = labels[0]?.label ?? image.category ?? '';
  return (
    <>
      <div
        class="explained"
        onLoadCapture={({ target }) => {
          if (target instanceof HTMLImageElement)
            setSize({ width: target.naturalWidth, height: target.naturalHeight });
        }}
      >
        <Picture image={image} session={session} prefers="original" />
        {isShown && heat !== null && size !== undefined && <Overlay heat={heat} size={size} label={label} />}
      </div>
      {toggle && (
        <p class="why">
          <button type="button" aria-pressed={isShown} onClick={toggle}>
            <kbd>W</kbd> {strings.showWhy}
          </button>
          {isShown && strings.whatSpeaksFor(label)}
        </p>
      )}
    </>
  );
}

/** It has the shape of the picture, so the browser fits both into the same place. */
function Overlay({ heat, size, label }: { heat: HeatMap; size: Size; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = OVERLAY / Math.max(size.width, size.height);
  const [width, height] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale)));
  useLayoutEffect(() => {
    if (canvas.current !== null) drawShade(canvas.current, heat);
  });
  return (
    <canvas
      ref={canvas}
      class="picture"
      role="img"
      aria-label={strings.whatSpeaksFor(label)}
      {...{ width, height }}
    />
  );
}
