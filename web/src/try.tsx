import type { HangtagClient } from '@hangtag/client';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Failure, failureOf, PageError } from './attempt.js';
import type { BrowserAnswer, BrowserModel } from './browser-model.js';
import { ChoosePictures } from './choose-pictures.jsx';
import { Bars } from './detail.jsx';
import { FailureText } from './failure.jsx';
import type { Session } from './session.js';
import { strings } from './strings.js';

const SHOWN = 20;
const TOP_LABELS = 3;

interface Tried {
  readonly key: number;
  readonly name: string;
  readonly picture?: ImageBitmap;
  readonly answer?: BrowserAnswer;
  readonly failure?: Failure;
}

const tried = signal<readonly Tried[]>([]);
const status = signal('');
let count = 0;
let loaded: { readonly api: HangtagClient; readonly model: Promise<BrowserModel> } | undefined;

/** Labels pictures in this browser: they are not uploaded. */
export function Try({ session }: { session: Session }) {
  if (session.api.value === undefined) return <main class="notice">{strings.tryNeedsApi}</main>;
  return (
    <main class="try">
      <p class={tried.value.length === 0 ? 'notice empty' : undefined}>
        <ChoosePictures onChoose={(files) => tryPictures(session, files)} /> {strings.tryHelp}
      </p>
      <p role="status">{status.value}</p>
      <ul>
        {tried.value.map((each) => (
          <li key={each.key} class="tried">
            <Thumbnail picture={each.picture} />
            <span class="name">{each.name}</span>
            <FailureText failure={each.failure} />
            {each.answer?.isUnknown && <span class="reason">{strings.reasons['unknown-object']}</span>}
            {each.answer !== undefined && <Bars labels={each.answer.labels.slice(0, TOP_LABELS)} />}
          </li>
        ))}
      </ul>
    </main>
  );
}

/** One after the other: the browser draws the page between them. */
export async function tryPictures(session: Session, files: readonly File[]): Promise<void> {
  for (const file of files) {
    count += 1;
    const begun: Tried = { key: count, name: file.name };
    const shown = await attempt(session, file).catch((error: unknown) => ({
      failure: failureOf(error),
    }));
    tried.value = [{ ...begun, ...shown }, ...tried.value].slice(0, SHOWN);
  }
}

async function attempt(session: Session, file: File): Promise<Pick<Tried, 'picture' | 'answer'>> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new PageError(strings.noPicture);
  });
  const model = await modelOf(session);
  const answer = model.label(picture);
  status.value = strings.labelledHere(model.name, Math.round(answer.inferMs));
  return { picture, answer };
}

/** It is loaded once for each user, and again after a failure. */
async function modelOf(session: Session): Promise<BrowserModel> {
  const api = session.api.value;
  if (api === undefined) throw new PageError(strings.tryNeedsApi);
  if (loaded?.api !== api) {
    status.value = strings.loadingModel;
    loaded = { api, model: import('./browser-model.js').then(({ BrowserModel }) => BrowserModel.load(api)) };
  }
  return loaded.model.catch((error: unknown) => {
    loaded = undefined;
    status.value = '';
    throw error;
  });
}

/** A canvas, since the Content Security Policy allows no picture of a file as an address. */
function Thumbnail({ picture }: { picture: ImageBitmap | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (picture !== undefined) canvas.current?.getContext('2d')?.drawImage(picture, 0, 0);
  }, [picture]);
  return <canvas ref={canvas} class="picture" width={picture?.width ?? 1} height={picture?.height ?? 1} />;
}
