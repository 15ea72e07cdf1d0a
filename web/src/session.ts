/** Who uses the page, and what they see: the state that every view reads. */
import { HangtagClient } from '@hangtag/client';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { computed, effect, signal } from '@preact/signals';
import type { Backend } from './backend.js';
import { Counts } from './counts.js';
import { Feed, type FeedState } from './feed.js';
import { parseFilter, queryOf } from './filter.js';
import { type Image, inReviewOrder } from './image.js';
import { Outbox } from './outbox.js';
import { changeFilter, filter, queue, screen } from './place.js';
import { type Member, objectUrl, type Settings, unsignedToken } from './settings.js';
import type { SignedIn } from './sign-in.js';
import { strings } from './strings.js';

const REVIEW_IMAGES = 200;
const LAST_ANSWER_MS = 500;
const RECONNECT_SECONDS = 10;
/** Each attempt waits longer than the one before, so that a slow connection has the time that it needs. */
const LONGEST_RECONNECT_MS = 60_000;

export class Session {
  readonly settings: Settings;
  readonly user = signal<Member>({ uid: '', tenant: '', role: 'viewer' });
  readonly feed = signal<Feed | undefined>(undefined);
  readonly images = computed<readonly Image[]>(() => this.feed.value?.images.value ?? []);
  readonly state = computed<FeedState>(() => this.feed.value?.state.value ?? 'connecting');
  readonly counts = new Counts(this);
  /** Images to review, least certain first. */
  readonly reviews = signal<readonly Image[]>([]);
  /** False until Firestore has answered. */
  readonly hasReviews = signal(false);
  readonly hasMoreReviews = computed(() => this.reviews.value.length >= REVIEW_IMAGES);
  /** Images whose label is likely wrong, the most likely first. */
  readonly suspects = signal<readonly Image[]>([]);
  /** The images of the queue that is reviewed. */
  readonly queue = computed(() => (queue.value === 'suspects' ? this.suspects.value : this.reviews.value));
  readonly backend = signal<Backend | undefined>(undefined);
  /** The API with the rights of the user; undefined if the page has none. */
  readonly api = computed<HangtagClient | undefined>(() => this.#apiOf(this.user.value));
  readonly #attempts = signal(0);
  #connecting: Promise<Backend> | undefined;

  /** @param signedIn a person; without one, the page has the test users of the settings */
  constructor(
    settings: Settings,
    readonly signedIn?: SignedIn,
  ) {
    this.settings = settings;
    const first = signedIn?.member ?? settings.users?.[0];
    if (first !== undefined) this.user.value = first;
    effect(() => this.#connect(this.user.value));
    // Words select among the images that were read: they need no other query.
    const asked = computed(() => queryOf({ ...filter.value, text: undefined }));
    effect(() => this.#reconnect(this.backend.value, this.state.value));
    effect(() => {
      this.#attempts.value;
      return this.#openFeed(this.backend.value, asked.value);
    });
    effect(() => this.#showOwn(this.state.value));
    effect(() => {
      this.#attempts.value;
      return this.#listenToReview(this.backend.value);
    });
    effect(() => this.#listenToSuspects(this.backend.value));
    this.counts.start();
  }

  /** The API of a local stack takes everybody for an administrator of `default`, so it has no reports of other tenants. */
  get reportsUrl(): string | undefined {
    const { api } = this.settings;
    return api === undefined || this.user.value.tenant !== 'default' ? undefined : `${api}/v1/reports`;
  }

  /** Where its picture is read: as it was uploaded, and its thumbnail if there is one. */
  pictureUrls({
    id,
    name,
    generation,
    hasThumbnail,
  }: Pick<Image, 'id' | 'name' | 'generation' | 'hasThumbnail'>): {
    readonly original: string;
    readonly small?: string;
  } {
    const { tenant } = this.user.value;
    // With the generation, a browser may keep it.
    const original = `${objectUrl(this.settings, name)}&generation=${encodeURIComponent(generation)}`;
    if (!hasThumbnail) return { original };
    return {
      original,
      small: objectUrl(this.settings, thumbnailNameOf({ tenant, imageId: id, generation })),
    };
  }

  /** Resolves when the user is signed in. */
  async connected(): Promise<Backend> {
    if (this.#connecting === undefined) throw new Error('Expected a user to be signed in');
    return this.#connecting;
  }

  /** After Firestore has refused to go on. */
  listenAgain(): void {
    this.#attempts.value += 1;
  }

  #apiOf(user: Member): HangtagClient | undefined {
    const { api: url } = this.settings;
    const { idToken = async () => unsignedToken(this.settings, user) } = this.signedIn ?? {};
    return url === undefined ? undefined : new HangtagClient({ url, credentials: idToken });
  }

  #connect(user: Member): () => void {
    this.reviews.value = [];
    this.hasReviews.value = false;
    const connecting = import('./backend.js').then(
      ({ Backend }) => new Backend(this.settings, user, this.signedIn?.app),
    );
    this.#connecting = connecting;
    void connecting.then((backend) => {
      if (this.#connecting !== connecting) return;
      this.backend.value = backend;
      void sendWaiting(new Outbox(user), backend);
    });
    return () => {
      this.backend.value = undefined;
      // A view that is about to close may still send the last answer.
      setTimeout(() => void connecting.then((backend) => backend.close()), LAST_ANSWER_MS);
    };
  }

  /**
   * Firebase's SDK notices after 25 to 35 s that a connection gets no answer, and after a long absence of Firestore it waits
   * up to 60 s before it tries again.
   */
  #reconnect(backend: Backend | undefined, state: FeedState): (() => void) | undefined {
    if (backend === undefined || (state !== 'connecting' && state !== 'away')) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const startTimer = (waitMs: number) => {
      timer = setTimeout(() => {
        void backend.reconnect();
        startTimer(Math.min(waitMs * 2, LONGEST_RECONNECT_MS));
      }, waitMs);
    };
    startTimer((this.settings.reconnectSeconds ?? RECONNECT_SECONDS) * 1_000);
    return () => clearTimeout(timer);
  }

  #openFeed(backend: Backend | undefined, query: string): (() => void) | undefined {
    if (backend === undefined) return undefined;
    const feed = new Feed(backend, parseFilter(query));
    this.feed.value = feed;
    return () => {
      this.feed.value = undefined;
      feed.close();
    };
  }

  /** Where images of other people are private, the rules refuse a query that does not name the own ones. */
  #showOwn(state: FeedState): void {
    if (state !== 'denied' || screen.peek() !== 'wall' || filter.peek().owner !== undefined) return;
    changeFilter({ owner: this.user.peek().uid });
  }

  #listenToReview(backend: Backend | undefined): (() => void) | undefined {
    return backend?.listenToReview(REVIEW_IMAGES, {
      onImages: (images) => {
        this.hasReviews.value = true;
        this.reviews.value = images.toSorted(inReviewOrder);
      },
      // The wall says it.
      onError: () => {},
    });
  }

  #listenToSuspects(backend: Backend | undefined): (() => void) | undefined {
    this.suspects.value = [];
    return backend?.listenToSuspects({
      onImages: (images) => {
        this.suspects.value = images;
      },
      onError: () => {},
    });
  }
}

/** Why there are no images, or no new ones; undefined if nothing is wrong. */
export function problemOf({ state: { value: state } }: Session): string | undefined {
  if (state === 'denied') return strings.denied;
  return state.startsWith('error') ? `${strings.failedToLoad} (${state.slice(7)})` : undefined;
}

async function sendWaiting(outbox: Outbox, backend: Backend): Promise<void> {
  for (const answer of outbox.waiting) {
    try {
      await outbox.send(answer, (each) => backend.correctLate(each));
    } catch (error) {
      // Refused, for example because the user may not review any more, or Firestore is away.
      console.warn(`Expected to send the answer for ${answer.id} but received ${String(error)}`);
    }
  }
}
