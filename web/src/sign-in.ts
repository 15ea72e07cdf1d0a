/**
 * Signs people in with Firebase Auth: with Google, or by a link in an e-mail. A page with test users does not load it.
 * What a person may do depends on the claims `tenant` and `role` of the account.
 */
import { signal } from '@preact/signals';
import { type FirebaseApp, initializeApp } from 'firebase/app';
import {
  type Auth,
  browserLocalPersistence,
  browserPopupRedirectResolver,
  connectAuthEmulator,
  GoogleAuthProvider,
  indexedDBLocalPersistence,
  initializeAuth,
  isSignInWithEmailLink,
  onAuthStateChanged,
  sendSignInLinkToEmail,
  signInWithEmailLink,
  signInWithPopup,
  type User,
} from 'firebase/auth';
import type { Member, Settings } from './settings.js';

const ROLES = ['viewer', 'reviewer', 'admin'] as const satisfies readonly Member['role'][];
/** The address that a link was sent to: Firebase Auth asks for it when the link is opened. */
const EMAIL_KEY = 'hangtag.email';

export interface SignedIn {
  readonly app: FirebaseApp;
  readonly member: Member;
  readonly email: string;
  /** False: the account has no valid claim `role`, and the rights of a viewer. */
  readonly hasRole: boolean;
  /** For the API. */
  idToken(): Promise<string>;
  signOut(): Promise<void>;
}

export type SignInState =
  | { readonly kind: 'connecting' }
  /** `hasEnded`: the person was signed in, and the account or its tokens were revoked. */
  | { readonly kind: 'signed-out'; readonly hasEnded: boolean }
  | { readonly kind: 'no-tenant'; readonly email: string }
  | { readonly kind: 'signed-in'; readonly signedIn: SignedIn };

export class SignIn {
  readonly state = signal<SignInState>({ kind: 'connecting' });
  /** Whether the page was opened by a link in an e-mail. */
  readonly isFromLink: boolean;
  readonly #settings: Settings;
  readonly #app: FirebaseApp;
  readonly #auth: Auth;

  constructor(settings: Settings) {
    this.#settings = settings;
    const { projectId, authEmulator } = settings;
    this.#app = initializeApp(settings.app ?? { projectId, apiKey: 'local' });
    this.#auth = initializeAuth(this.#app, {
      persistence: [indexedDBLocalPersistence, browserLocalPersistence],
    });
    if (authEmulator) connectAuthEmulator(this.#auth, `http://${authEmulator}`, { disableWarnings: true });
    this.isFromLink = isSignInWithEmailLink(this.#auth, location.href);
    onAuthStateChanged(this.#auth, async (user) => {
      const hasEnded = this.state.value.kind === 'signed-in';
      const state = user === null ? ({ kind: 'signed-out', hasEnded } as const) : await this.#stateOf(user);
      // A refused token signs the person out meanwhile.
      if (this.#auth.currentUser === user) this.state.value = state;
    });
  }

  /** @throws {FirebaseError} `auth/popup-closed-by-user` and the like */
  async withGoogle(): Promise<void> {
    await signInWithPopup(this.#auth, new GoogleAuthProvider(), browserPopupRedirectResolver);
  }

  /** @returns the link, if the Auth emulator made it: it sends no e-mail @throws {FirebaseError} */
  async sendLink(email: string): Promise<string | undefined> {
    const url = location.origin + location.pathname;
    await sendSignInLinkToEmail(this.#auth, email, { url, handleCodeInApp: true });
    localStorage.setItem(EMAIL_KEY, email);
    const { authEmulator, projectId } = this.#settings;
    if (authEmulator === undefined) return undefined;
    const codes = await fetch(`http://${authEmulator}/emulator/v1/projects/${projectId}/oobCodes`);
    const { oobCodes } = (await codes.json()) as { oobCodes: { email: string; oobLink: string }[] };
    return oobCodes.findLast((code) => code.email === email)?.oobLink;
  }

  /** The address that this browser asked a link for. */
  get email(): string {
    return localStorage.getItem(EMAIL_KEY) ?? '';
  }

  /** @throws {FirebaseError} `auth/invalid-action-code`: the link was used before; and the like */
  async byLink(email: string): Promise<void> {
    await signInWithEmailLink(this.#auth, email, location.href);
    localStorage.removeItem(EMAIL_KEY);
    history.replaceState(null, '', location.pathname);
  }

  async signOut(): Promise<void> {
    await this.#auth.signOut();
    location.reload();
  }

  async #stateOf(user: User): Promise<SignInState> {
    // A new token, since claims may have changed. Without a connection the old one has to do.
    const { claims } = await user.getIdTokenResult(true).catch(() => user.getIdTokenResult());
    const email = user.email ?? user.uid;
    const { tenant } = claims;
    if (typeof tenant !== 'string') return { kind: 'no-tenant', email };
    const role = ROLES.find((each) => each === claims['role']);
    const member = { uid: user.uid, tenant, role: role ?? 'viewer' };
    return {
      kind: 'signed-in',
      signedIn: {
        ...{ app: this.#app, member, email, hasRole: role !== undefined },
        idToken: () => user.getIdToken(),
        signOut: () => this.signOut(),
      },
    };
  }
}
