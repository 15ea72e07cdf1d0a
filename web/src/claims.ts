/**
 * The images that this page may review: those that it has claimed. The rules of Firestore grant a claim to one page at a
 * time, and measure its age by their own clock, so the clock of this machine may be wrong. A claim that is not renewed
 * expires: the images of a closed page go to others.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type Image, keyOf } from './image.js';

export interface ClaimPorts {
  readonly seconds: number;
  /** Makes or renews a claim. @returns false if another page has claimed the image */
  claim(image: Image): Promise<boolean>;
  release(image: Image): void;
  /** Epoch milliseconds. */
  now(): number;
}

interface Claim {
  readonly image: Image;
  /** Epoch milliseconds at which the last granted claim was sent. */
  readonly sentAt: number;
}

export class Claims {
  /** Claimed images that are still to review, in the order in which they were claimed. */
  readonly held: ReadonlySignal<readonly Image[]>;
  /** True when the first images were granted or refused. */
  readonly hasAnswer = signal(false);
  readonly #isTaking = signal(false);
  readonly #candidates: ReadonlySignal<readonly Image[]>;
  readonly #ports: ClaimPorts;
  readonly #claims = signal<ReadonlyMap<string, Claim>>(new Map());
  readonly #refused = signal<ReadonlySet<string>>(new Set());
  readonly #renewing = new Set<string>();
  #isClosed = false;

  constructor(candidates: ReadonlySignal<readonly Image[]>, ports: ClaimPorts) {
    this.#candidates = candidates;
    this.#ports = ports;
    this.held = computed(() => {
      const open = new Map(candidates.value.map((image) => [keyOf(image), image]));
      return [...this.#claims.value.keys()].flatMap((key) => open.get(key) ?? []);
    });
  }

  /** Claims so many more of the images that are wanted, if there are as many that no other page has. */
  async take(count: number, isWanted: (image: Image) => boolean = () => true): Promise<void> {
    if (count <= 0 || this.#isClosed || this.#isTaking.value) return;
    const free = this.#candidates.value.filter(
      (image) =>
        !this.#claims.value.has(keyOf(image)) && !this.#refused.value.has(keyOf(image)) && isWanted(image),
    );
    if (free.length === 0) return;
    this.#isTaking.value = true;
    await Promise.all(free.slice(0, count).map((image) => this.#claim(image)));
    this.hasAnswer.value = true;
    this.#isTaking.value = false;
  }

  /** To be called regularly: renews claims, drops those that have expired, and asks again for those that were refused. */
  renew(): void {
    const { seconds, now } = this.#ports;
    const lifeMs = seconds * 1_000;
    const held = new Set(this.held.value.map(keyOf));
    for (const [key, { image, sentAt }] of this.#claims.value) {
      const ageMs = now() - sentAt;
      if (ageMs >= lifeMs || !held.has(key)) this.#drop(key);
      else if (ageMs >= lifeMs / 3 && !this.#renewing.has(key)) void this.#claim(image);
    }
    this.#refused.value = new Set();
  }

  release(image: Image): void {
    this.#drop(keyOf(image));
    this.#ports.release(image);
  }

  /** Gives all claims back and makes no more. */
  close(): void {
    this.#isClosed = true;
    for (const image of this.held.value) this.release(image);
  }

  async #claim(image: Image): Promise<void> {
    const key = keyOf(image);
    const sentAt = this.#ports.now();
    this.#renewing.add(key);
    const isGranted = await this.#ports.claim(image);
    this.#renewing.delete(key);
    if (this.#isClosed) {
      if (isGranted) this.#ports.release(image);
    } else if (isGranted) {
      this.#claims.value = new Map(this.#claims.value).set(key, { image, sentAt });
    } else {
      this.#drop(key);
      this.#refused.value = new Set(this.#refused.value).add(key);
    }
  }

  #drop(key: string): void {
    const claims = new Map(this.#claims.value);
    if (claims.delete(key)) this.#claims.value = claims;
  }
}
