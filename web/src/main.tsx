/** The page of Hangtag: what came in, its labels, and what people have to review. */
import { type ComponentChildren, render } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { failureOf } from './attempt.js';
import { ChoosePictures } from './choose-pictures.jsx';
import { type Chosen, chosenOf } from './chosen.js';
import { FailureText } from './failure.jsx';
import { Health } from './health.jsx';
import { Models } from './models.jsx';
import { screen } from './place.js';
import { Reports } from './reports.jsx';
import { Review } from './review.jsx';
import { problemOf, Session } from './session.js';
import { loadSettings } from './settings.js';
import { atLeast, LANGUAGE, strings } from './strings.js';
import { Try, tryPictures } from './try.jsx';
import { clearUploads, droppedOf, upload, uploads } from './uploads.js';
import { Wall } from './wall.jsx';
import type { Wardrobe as WardrobeScreen } from './wardrobe.jsx';

const root = document.getElementById('app');
if (root === null) throw new Error('Expected an element #app');
document.documentElement.lang = LANGUAGE;

start(root).catch((error: unknown) =>
  render(
    <main class="notice">
      <FailureText failure={failureOf(error)} />
    </main>,
    root,
  ),
);

async function start(root: HTMLElement): Promise<void> {
  const settings = await loadSettings();
  // Google sends a person back to the page without the part after `#`.
  if (settings.hasWardrobe && new URLSearchParams(location.search).has('state')) location.hash = 'wardrobe';
  if (settings.users !== undefined) return render(<App session={new Session(settings)} />, root);
  const { renderSignIn } = await import('./sign-in-screen.jsx');
  renderSignIn(settings, root, (session) => <App session={session} />);
}

function App({ session }: { session: Session }) {
  return (
    <>
      <header>
        <h1>Hangtag</h1>
        <nav>
          <Link to="wall" />
          <Link to="review">
            {session.reviews.value.length > 0 && (
              <b>{atLeast(session.reviews.value.length, session.hasMoreReviews.value)}</b>
            )}
          </Link>
          <Link to="reports" />
          {session.settings.hasWardrobe && <Link to="wardrobe" />}
          <Link to="try" />
          {session.user.value.role === 'admin' && (
            <>
              <Link to="models" />
              <Link to="health" />
            </>
          )}
        </nav>
        {nameOfScreen() !== 'try' && (
          <>
            <ChoosePictures onChoose={(files) => take(session, chosenOf(files))} />
            <ChoosePictures isFolder onChoose={(files) => take(session, chosenOf(files))} />
          </>
        )}
        {session.signedIn === undefined ? <TestUsers session={session} /> : <Person session={session} />}
      </header>
      {session.signedIn?.hasRole === false && <p class="notice">{strings.noRole}</p>}
      <UploadProgress />
      <Screen key={`${nameOfScreen()} ${session.user.value.tenant}`} session={session} />
      {session.state.value === 'away' && (
        <p class="away" role="status">
          {strings.away}
        </p>
      )}
      <DropTarget session={session} />
    </>
  );
}

/** Files that were not uploaded and are named. */
const FAILURES = 20;
const LONGEST_NAME = 100;
/** A smaller file is uploaded before one could read its name. */
const LARGE_BYTES = 1_000_000;

const SCREENS = {
  wall: Wall,
  review: Review,
  reports: Reports,
  try: Try,
  models: Models,
  health: Health,
  wardrobe: LazyWardrobe,
} as const;

/** The code of the wardrobe is loaded with its screen. @throws what `import` throws */
function LazyWardrobe({ session }: { session: Session }) {
  const [screen, setScreen] = useState<{ readonly Wardrobe: typeof WardrobeScreen }>();
  const [error, setError] = useState<unknown>();
  useEffect(() => void import('./wardrobe.jsx').then(setScreen, setError), []);
  if (error !== undefined) throw error;
  return screen === undefined ? (
    <main class="notice">{strings.connecting}</main>
  ) : (
    <screen.Wardrobe session={session} />
  );
}

/** Data that a screen cannot show ends this screen, and not the page. */
function Screen({ session }: { session: Session }) {
  const [error, retry] = useErrorBoundary((error: unknown) => console.error(error));
  const Chosen = SCREENS[nameOfScreen()];
  if (error === undefined) return <Chosen session={session} />;
  return (
    <main class="notice">
      <p>
        {strings.screenFailed}{' '}
        <button type="button" onClick={retry}>
          {strings.tryAgain}
        </button>
      </p>
      <FailureText failure={failureOf(error)} />
    </main>
  );
}

function nameOfScreen(): keyof typeof SCREENS {
  return Object.hasOwn(SCREENS, screen.value) ? (screen.value as keyof typeof SCREENS) : 'wall';
}

function Link({ to, children }: { to: keyof typeof SCREENS; children?: ComponentChildren }) {
  return (
    <a href={`#${to}`} aria-current={nameOfScreen() === to ? 'page' : undefined}>
      {strings[to]} {children}
    </a>
  );
}

function Person({ session }: { session: Session }) {
  const { email, signOut } = session.signedIn ?? {};
  return (
    <span class="user">
      <Dot session={session} />
      {email} ({session.user.value.tenant})
      <button type="button" onClick={() => void signOut?.()}>
        {strings.signOut}
      </button>
    </span>
  );
}

function TestUsers({ session }: { session: Session }) {
  const { users = [] } = session.settings;
  const textOf = ({ uid, tenant }: (typeof users)[number]) => `${uid} (${tenant})`;
  return (
    <label class="user">
      <Dot session={session} />
      <span class="unseen">{strings.signedInAs}</span>
      <select
        value={textOf(session.user.value)}
        onChange={({ currentTarget }) => {
          const chosen = users.find((user) => textOf(user) === currentTarget.value);
          if (chosen !== undefined) session.user.value = chosen;
        }}
      >
        {users.map((user) => (
          <option key={textOf(user)}>{textOf(user)}</option>
        ))}
      </select>
    </label>
  );
}

function Dot({ session }: { session: Session }) {
  return <span class={`dot ${session.state.value.split(':')[0]}`} title={stateText(session)} />;
}

function stateText(session: Session): string {
  const { state } = session;
  if (state.value === 'live') return strings.live;
  if (state.value === 'away') return strings.away;
  return problemOf(session) ?? strings.connecting;
}

function UploadProgress() {
  const { done, all, active, failed } = uploads.value;
  const arrived = [...active.values()].reduce((sum, share) => sum + share, done + failed.length);
  const hasEnded = done + failed.length === all;
  if (all === 0) return null;
  return (
    <section class="uploads" aria-label={strings.uploads}>
      <progress value={arrived} max={all} aria-label={strings.uploading(done, all)} />
      <span>{strings.uploading(done, all)}</span>
      {[...active]
        .filter(([file]) => file.size > LARGE_BYTES)
        .map(([file, share]) => (
          <label key={`${file.name} ${file.lastModified}`} class="file">
            {endOf(file.name)} <progress value={share} />
          </label>
        ))}
      {failed.slice(0, FAILURES).map(({ name, why }, index) => (
        <p key={`${index} ${name}`} class="failure" title={name}>
          {strings.uploadFailed(endOf(name), why)}
        </p>
      ))}
      {failed.length > FAILURES && <p class="failure">{strings.moreFailed(failed.length - FAILURES)}</p>}
      {(hasEnded || failed.length > 0) && (
        <button type="button" aria-label={strings.close} onClick={clearUploads}>
          ✕
        </button>
      )}
      {/* Announced once, and not with each file. */}
      <p class="unseen" role="status">
        {hasEnded && strings.uploadsEnded(done, failed.length)}
      </p>
    </section>
  );
}

/** Of a long path: its last part. */
function endOf(path: string): string {
  return path.length <= LONGEST_NAME ? path : `…${path.slice(1 - LONGEST_NAME)}`;
}

/** The whole page takes files that are dropped or pasted. */
function DropTarget({ session }: { session: Session }) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const takeData = async (data: DataTransfer | null) => {
      if (data !== null) await take(session, await droppedOf(data));
    };
    const onDragOver = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      void takeData(event.dataTransfer);
    };
    const onPaste = (event: ClipboardEvent) => void takeData(event.clipboardData);
    addEventListener('dragover', onDragOver);
    addEventListener('dragleave', onDragLeave);
    addEventListener('drop', onDrop);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('dragleave', onDragLeave);
      removeEventListener('drop', onDrop);
      removeEventListener('paste', onPaste);
    };
  }, [session]);
  return isOver ? (
    <div class="drop">
      <p>{nameOfScreen() === 'try' ? strings.try : strings.dropHere}</p>
    </div>
  ) : null;
}

async function take(session: Session, chosen: readonly Chosen[]): Promise<void> {
  if (nameOfScreen() === 'try') {
    const files = chosen.map(({ file }) => file);
    return tryPictures(session, files);
  }
  upload(chosen, await session.connected());
}
