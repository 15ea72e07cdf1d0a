/** Who uses the page, and what they see: the state that every view reads. */
import { computed, effect, signal } from '@preact/signals';
import type { Backend } from './backend.js';
import type { Image } from './image.js';
import type { Settings, TestUser } from './settings.js';

export type FeedState = 'connecting' | 'live' | 'away' | 'denied' | `error: ${string}`;

/** Images that the rules let a query read at most. */
const MOST_IMAGES = 1_000;
const FIRST_IMAGES = 200;
const REVIEW_IMAGES = 200;
const LAST_ANSWER_MS = 500;

export class Session {
  readonly settings: Settings;
  readonly user = signal<TestUser>({ uid: '', tenant: '', role: 'viewer' });
  readonly images = signal<readonly Image[]>([]);
  readonly state = signal<FeedState>('connecting');
  /** Images to review, least certain first. */
  readonly reviews = signal<readonly Image[]>([]);
  readonly hasMoreReviews = computed(() => this.reviews.value.length >= REVIEW_IMAGES);
  readonly wanted = signal(FIRST_IMAGES);
  readonly hasMore = computed(
    () => this.images.value.length >= this.wanted.value && this.wanted.value < MOST_IMAGES,
  );
  readonly backend = signal<Backend | undefined>(undefined);
  #connecting: Promise<Backend> | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    const [first] = settings.users;
    if (first !== undefined) this.user.value = first;
    effect(() => this.#connect(this.user.value));
    effect(() => this.#listenToNewest(this.backend.value, this.wanted.value));
    effect(() => this.#listenToReview(this.backend.value));
  }

  showMore(): void {
    this.wanted.value = Math.min(MOST_IMAGES, this.wanted.value + FIRST_IMAGES);
  }

  /** Resolves when the user is signed in. */
  async connected(): Promise<Backend> {
    if (this.#connecting === undefined) throw new Error('Expected a user to be signed in');
    return this.#connecting;
  }

  #connect(user: TestUser): () => void {
    this.state.value = 'connecting';
    this.images.value = [];
    this.reviews.value = [];
    const connecting = import('./backend.js').then(({ Backend }) => new Backend(this.settings, user));
    this.#connecting = connecting;
    void connecting.then((backend) => {
      if (this.#connecting === connecting) this.backend.value = backend;
    });
    return () => {
      this.backend.value = undefined;
      // A view that is about to close may still send the last answer.
      setTimeout(() => void connecting.then((backend) => backend.close()), LAST_ANSWER_MS);
    };
  }

  #listenToNewest(backend: Backend | undefined, wanted: number): (() => void) | undefined {
    return backend?.listenToNewest(wanted, {
      onImages: (images, isFromCache) => {
        this.images.value = images;
        this.state.value = isFromCache ? (images.length === 0 ? 'connecting' : 'away') : 'live';
      },
      onError: (code) => {
        this.state.value = code === 'permission-denied' ? 'denied' : `error: ${code}`;
      },
    });
  }

  #listenToReview(backend: Backend | undefined): (() => void) | undefined {
    return backend?.listenToReview(REVIEW_IMAGES, {
      onImages: (images) => {
        this.reviews.value = images.toSorted((a, b) => (a.confidence ?? 0) - (b.confidence ?? 0));
      },
      // The wall says it.
      onError: () => {},
    });
  }
}
