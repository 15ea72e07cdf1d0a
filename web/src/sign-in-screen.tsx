/** What people see before they are signed in, and if their account lacks the claim `tenant`. */
import { type ComponentChildren, render } from 'preact';
import { useState } from 'preact/hooks';
import { failureOf } from './attempt.js';
import { Session } from './session.js';
import type { Settings } from './settings.js';
import { SignIn, type SignInState } from './sign-in.js';
import { strings } from './strings.js';

/** @param show the page of a person who is signed in */
export function renderSignIn(
  settings: Settings,
  root: HTMLElement,
  show: (session: Session) => ComponentChildren,
): void {
  const signIn = new SignIn(settings);
  let hadSession = false;
  signIn.state.subscribe((state) => {
    if (state.kind !== 'signed-in') return render(<Screen signIn={signIn} state={state} />, root);
    // Firebase's SDK keeps one Firestore for the page, with what the person before has read.
    if (hadSession) return location.reload();
    hadSession = true;
    render(show(new Session(settings, state.signedIn)), root);
  });
}

function Screen({ signIn, state }: { signIn: SignIn; state: SignInState }) {
  return (
    <main class="sign-in">
      <h1>Hangtag</h1>
      {state.kind === 'connecting' && <p>{strings.connecting}</p>}
      {state.kind === 'signed-out' && state.hasEnded && <p role="alert">{strings.signInEnded}</p>}
      {state.kind === 'signed-out' && <SignedOut signIn={signIn} />}
      {state.kind === 'no-tenant' && (
        <>
          <p role="alert">{strings.noTenant(state.email)}</p>
          <button type="button" onClick={() => location.reload()}>
            {strings.tryAgain}
          </button>
          <button type="button" onClick={() => void signIn.signOut()}>
            {strings.signOut}
          </button>
        </>
      )}
    </main>
  );
}

function SignedOut({ signIn }: { signIn: SignIn }) {
  const [email, setEmail] = useState(signIn.email);
  const [message, setMessage] = useState<ComponentChildren>('');
  const attempt = (act: () => Promise<ComponentChildren>) => () => {
    setMessage('');
    act().then(setMessage, (error: unknown) => setMessage(strings.signInFailed(failureOf(error).text)));
  };
  const submit = attempt(async () => {
    if (signIn.isFromLink) return signIn.byLink(email).then(() => '');
    const link = await signIn.sendLink(email);
    if (link === undefined) return strings.linkSent(email);
    return (
      <>
        {strings.noMail} <a href={link}>{strings.signInByLink}</a>
      </>
    );
  });
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <label>
          {strings.email}{' '}
          <input
            type="email"
            required
            autocomplete="email"
            value={email}
            onInput={({ currentTarget }) => setEmail(currentTarget.value)}
          />
        </label>
        <button type="submit">{signIn.isFromLink ? strings.signInByLink : strings.sendLink}</button>
      </form>
      <button type="button" onClick={attempt(() => signIn.withGoogle().then(() => ''))}>
        {strings.withGoogle}
      </button>
      <p role="status">{message}</p>
    </>
  );
}
