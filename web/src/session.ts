/** Who uses the page, and what they see: the state that every view reads. */
import { HangtagClient } from '@hangtag/client';
import { needsTwoPeople } from '@hangtag/shared/domain/double-review.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { computed, effect, signal } from '@preact/signals';
import { fetchAnswer } from './attempt.js';
import type { Backend, ReviewSettings } from './backend.js';
import { Counts } from './counts.js';
import { Feed, type FeedState } from './feed.js';
import { parseFilter, queryOf } from './filter.js';
import { type Image, inReviewOrder, keyOf, type ReviewOrder } from './image.js';
import { Outbox } from './outbox.js';
import { changeFilter, filter, order, queue, screen } from './place.js';
import { type Member, objectUrl, type Settings, unsignedToken } from './settings.js';
import type { SignedIn } from './sign-in.js';
import { serviceErrorText, strings } from './strings.js';

const REVIEW_IMAGES = 200;
/** The rules permit no query of more. */
const MOST_REVIEW_IMAGES = 1_000;
const LAST_ANSWER_MS = 500;

export class Session {
  readonly settings: Settings;
  readonly user = signal<Member>({ uid: '', tenant: '', role: 'viewer' });
  readonly feed = signal<Feed | undefined>(undefined);
  readonly images = computed<readonly Image[]>(() => this.feed.value?.images.value ?? []);
  readonly state = computed<FeedState>(
    () => this.feed.value?.state.value ?? (this.#isUnloaded.value ? 'error: unavailable' : 'connecting'),
  );
  readonly counts = new Counts(this, filter);
  /** Undefined until they are known. */
  readonly reviewSettings = signal<ReviewSettings | undefined>(undefined);
  /** Images that this user can review, in their order. */
  readonly reviews = computed(() => this.#notAnswered(this.#open.value ?? []));
  /** False until Firestore has answered. */
  readonly hasReviews = computed(() => this.#open.value !== undefined && this.#areAnswersKnown.value);
  readonly hasMoreReviews = signal(false);
  /** Images whose label is likely wrong, the most likely first. */
  readonly suspects = computed(() => this.#notAnswered(this.#suspected.value));
  /** The images of the queue that is reviewed. */
  readonly queue = computed(() => (queue.value === 'suspects' ? this.suspects.value : this.reviews.value));
  readonly backend = signal<Backend | undefined>(undefined);
  /** The API with the rights of the user; undefined if the page has none. */
  readonly api = computed<HangtagClient | undefined>(() => this.#apiOf(this.user.value));
  readonly #attempts = signal(0);
  /** The server did not give out the code that connects to Firestore. */
  readonly #isUnloaded = signal(false);
  /** Images in review; undefined until they are known. */
  readonly #open = signal<readonly Image[] | undefined>(undefined);
  readonly #suspected = signal<readonly Image[]>([]);
  readonly #hasDoubles = computed(() => this.reviewSettings.value?.doubleEvery !== undefined);
  /** Keys of the images that need two people and have the answer of this user; undefined until they are known. */
  readonly #answered = signal<ReadonlySet<string> | undefined>(undefined);
  readonly #areAnswersKnown = computed(
    () =>
      this.reviewSettings.value !== undefined &&
      (!this.#hasDoubles.value || this.#answered.value !== undefined),
  );
  /** How many images in review are read: more than usual if many of them wait for another person. */
  readonly #window = computed(() => {
    const waiting = this.#open.value?.filter((image) => this.#hasAnswered(image)).length ?? 0;
    const more = Math.floor((2 * waiting) / REVIEW_IMAGES) * REVIEW_IMAGES;
    return Math.min(REVIEW_IMAGES + more, MOST_REVIEW_IMAGES);
  });
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
    effect(() => {
      const isAway = this.state.value === 'connecting' || this.state.value === 'away';
      return isAway ? this.backend.value?.reconnecting.start() : undefined;
    });
    effect(() => {
      this.#attempts.value;
      return this.#openFeed(this.backend.value, asked.value);
    });
    effect(() => this.#showOwn(this.state.value));
    effect(() => {
      order.value;
      // Images of another order are not claimed.
      this.#open.value = undefined;
    });
    effect(() => {
      this.#attempts.value;
      return this.#listenToReview(this.backend.value, order.value, this.#window.value);
    });
    effect(() => this.#listenToSettings(this.backend.value));
    effect(() => this.#listenToOwnAnswers(this.backend.value, this.#hasDoubles.value));
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

  needsTwoPeople({ check }: Image): boolean {
    // The rules take a record without a fingerprint for 1.
    return needsTwoPeople(check ?? 1, this.reviewSettings.value?.doubleEvery);
  }

  /** After Firestore has refused to go on, or could not be reached. */
  listenAgain(): void {
    // A browser does not load code again that it could not load.
    if (this.#isUnloaded.value) location.reload();
    else this.#attempts.value += 1;
  }

  #apiOf(user: Member): HangtagClient | undefined {
    const { api: url } = this.settings;
    const { idToken = async () => unsignedToken(this.settings, user) } = this.signedIn ?? {};
    return url === undefined
      ? undefined
      : new HangtagClient({ url, credentials: idToken, fetch: fetchAnswer });
  }

  #connect(user: Member): () => void {
    this.#open.value = undefined;
    const connecting = import('./backend.js').then(
      ({ Backend }) => new Backend(this.settings, user, this.signedIn?.app),
    );
    this.#connecting = connecting;
    connecting.then(
      (backend) => {
        if (this.#connecting !== connecting) return;
        this.backend.value = backend;
        void sendWaiting(new Outbox(user), backend);
      },
      () => {
        this.#isUnloaded.value = true;
      },
    );
    return () => {
      this.backend.value = undefined;
      // A view that is about to close may still send the last answer.
      setTimeout(() => {
        connecting.then(
          (backend) => backend.close(),
          () => {},
        );
      }, LAST_ANSWER_MS);
    };
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

  #hasAnswered(image: Image): boolean {
    return this.needsTwoPeople(image) && this.#answered.value?.has(keyOf(image)) === true;
  }

  #notAnswered(images: readonly Image[]): readonly Image[] {
    return this.#areAnswersKnown.value ? images.filter((image) => !this.#hasAnswered(image)) : [];
  }

  #listenToSettings(backend: Backend | undefined): (() => void) | undefined {
    this.reviewSettings.value = undefined;
    return backend?.listenToReviewSettings((settings) => {
      this.reviewSettings.value = settings;
    });
  }

  #listenToOwnAnswers(backend: Backend | undefined, hasDoubles: boolean): (() => void) | undefined {
    this.#answered.value = undefined;
    if (!hasDoubles) return undefined;
    return backend?.listenToOwnAnswers((keys) => {
      this.#answered.value = keys;
    });
  }

  #listenToReview(backend: Backend | undefined, by: ReviewOrder, count: number): (() => void) | undefined {
    return backend?.listenToReview(by, count, {
      onImages: (images, hasMore) => {
        this.#open.value = images.toSorted(inReviewOrder(by));
        this.hasMoreReviews.value = hasMore;
      },
      // The wall says it.
      onError: () => {},
    });
  }

  #listenToSuspects(backend: Backend | undefined): (() => void) | undefined {
    this.#suspected.value = [];
    return backend?.listenToSuspects({
      onImages: (images) => {
        this.#suspected.value = images;
      },
      onError: () => {},
    });
  }
}

/** Why there are no images, or no new ones; undefined if nothing is wrong. */
export function problemOf({ state: { value: state } }: Session): string | undefined {
  if (state === 'denied') return strings.denied;
  if (!state.startsWith('error')) return undefined;
  const code = state.slice('error: '.length);
  return strings.failedToLoad(serviceErrorText(code));
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
