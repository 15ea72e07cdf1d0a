/**
 * How many images of the filter have each status. As long as all of them were read, they are counted here; else Firestore
 * counts them, some time after the last change.
 */
import { STATUSES, type Status } from '@hangtag/shared/domain/record.js';
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Backend } from './backend.js';
import type { Feed } from './feed.js';
import type { Filter } from './filter.js';
import type { Image } from './image.js';

export type CountsByStatus = ReadonlyMap<Status, number>;

interface Counted {
  readonly feed: ReadonlySignal<Pick<Feed, 'state' | 'hasOlder'> | undefined>;
  readonly images: ReadonlySignal<readonly Image[]>;
  readonly backend: ReadonlySignal<Pick<Backend, 'count'> | undefined>;
}

const COUNT_MS = 5_000;

export class Counts {
  /** Undefined until they are known. */
  readonly byStatus = computed<CountsByStatus | undefined>(() => this.#own.value ?? this.#ofFirestore.value);
  readonly #own = computed<CountsByStatus | undefined>(() => this.#countOwn());
  readonly #ofFirestore = signal<CountsByStatus | undefined>(undefined);
  readonly #session: Counted;
  readonly #filter: ReadonlySignal<Filter>;
  #counted: Filter | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Counted, filter: ReadonlySignal<Filter>) {
    this.#session = session;
    this.#filter = filter;
  }

  start(): void {
    effect(() => this.#countSoon());
  }

  #countSoon(): void {
    const [images, asked] = [this.#session.images.value, this.#filter.value];
    if (this.#own.value !== undefined || images.length === 0) return;
    const waitMs = asked === this.#counted ? COUNT_MS : 0;
    this.#timer ??= setTimeout(() => void this.#count(), waitMs);
  }

  #countOwn(): CountsByStatus | undefined {
    const { feed, images } = this.#session;
    const isRead = feed.value !== undefined && feed.value.state.value !== 'connecting';
    if (!isRead || feed.value?.hasOlder.value || this.#filter.value.status !== undefined) return undefined;
    const counts = new Map<Status, number>();
    for (const { status } of images.value)
      if (status !== 'unknown') counts.set(status, (counts.get(status) ?? 0) + 1);
    return counts;
  }

  async #count(): Promise<void> {
    const asked = this.#filter.value;
    const backend = this.#session.backend.value;
    const counted = STATUSES.map(
      async (status) => [status, (await backend?.count({ ...asked, status })) ?? 0] as const,
    );
    // Without a connection the last counts stay.
    const counts = await Promise.all(counted).catch(() => undefined);
    this.#timer = undefined;
    this.#counted = asked;
    if (counts !== undefined) this.#ofFirestore.value = new Map(counts);
    // Another filter was chosen meanwhile.
    if (this.#filter.value !== asked) this.#countSoon();
  }
}
