/**
 * The client of Hangtag's API, for Node and for browsers. It has no dependencies; only `watch` loads `firebase/firestore`.
 *
 *     const hangtag = new HangtagClient({ url: 'https://api.example.com', credentials: 'ht_...' });
 *     const { category } = await hangtag.predict(file);
 */
import type {
  Budget,
  Filter,
  Image,
  ImagePage,
  ImageWithPicture,
  ItemNote,
  LearningRun,
  LearnRequest,
  Model,
  Models,
  ModelsInUse,
  Outfit,
  OutfitOffer,
  OutfitPlan,
  OutfitRequest,
  Prediction,
  ReadCalendar,
  Replay,
  SimilarImage,
  Sweep,
  SweepAction,
  Wardrobe,
  WardrobeItem,
} from './answers.js';
import { type ClientOptions, Http } from './http.js';
import { readModel, readModelFile, type VerificationKey } from './model.js';
import { type Uploaded, type UploadOptions, uploadImage } from './upload.js';
import { type WatchOptions, watchRecords } from './watch.js';

export * from './answers.js';
export { type ClientOptions, HangtagApiError } from './http.js';
export { HangtagVerificationError, type VerificationKey } from './model.js';
export type { Uploaded, UploadOptions } from './upload.js';
export type { WatchOptions } from './watch.js';

export class HangtagClient {
  readonly #http: Http;

  constructor(options: ClientOptions) {
    this.#http = new Http(options);
  }

  /** Labels one picture, which is not stored. @throws {HangtagApiError} */
  predict(image: Blob): Promise<Prediction> {
    const form = new FormData();
    form.append('file', image);
    return this.#http.json('POST', '/predict', form);
  }

  /** Puts a picture into the bucket: it is labelled soon afterwards. @throws {HangtagApiError} */
  upload(image: Blob, options: UploadOptions): Promise<Uploaded> {
    return uploadImage(this.#http, image, options);
  }

  /** Calls back with each record that is new or has changed. @returns how to stop */
  watch(onChange: WatchOptions['onChange'], options: Omit<WatchOptions, 'onChange'>): Promise<() => void> {
    return watchRecords({ ...options, onChange });
  }

  /** All images that match, the latest upload first, read page by page. @throws {HangtagApiError} */
  async *list(filter: Filter = {}): AsyncIterable<Image> {
    let cursor: string | undefined;
    do {
      const page: ImagePage = await this.#http.json('GET', `/v1/images?${queryOf({ ...filter, cursor })}`);
      yield* page.images;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** One image, with a URL of its picture. @throws {HangtagApiError} */
  get(id: string): Promise<ImageWithPicture> {
    return this.#http.json('GET', `/v1/images/${id}`);
  }

  /**
   * Images that look like this one, the most similar first.
   *
   * @param options.owner only images of this owner
   * @param options.limit at most 100; absent: 10
   * @throws {HangtagApiError} 409: the image has no vector
   */
  async similar(
    { id }: Pick<Image, 'id'>,
    { owner, limit }: { readonly owner?: string; readonly limit?: number } = {},
  ): Promise<readonly SimilarImage[]> {
    const path = `/v1/images/${id}/similar?${queryOf({ owner, limit })}`;
    const { images }: { images: SimilarImage[] } = await this.#http.json('GET', path);
    return images;
  }

  /**
   * @param options.isNew accepts a category that the model lacks: a model that learns from corrections can get it
   * @throws {HangtagApiError} 409: the image was replaced, or is not labelled; 422: the model lacks the category
   */
  correct(
    { id, generation }: Pick<Image, 'id' | 'generation'>,
    category: string,
    { isNew = false }: { readonly isNew?: boolean } = {},
  ): Promise<Image> {
    return this.#http.json('POST', `/v1/images/${id}/correction`, { category, generation, isNew });
  }

  /** @throws {HangtagApiError} 409: the image was replaced, or is not labelled */
  confirm({ id, generation }: Pick<Image, 'id' | 'generation'>): Promise<Image> {
    return this.#http.json('POST', `/v1/images/${id}/confirmation`, { generation });
  }

  /**
   * The manifest of the model, whose signature is verified.
   *
   * @param keys to trust. Absent: those that the API publishes at /.well-known/jwks.json
   * @throws {HangtagVerificationError | HangtagApiError}
   */
  model(keys?: readonly VerificationKey[]): Promise<Model> {
    return readModel(this.#http, keys);
  }

  /** A file of the manifest, whose digest is verified. @throws {HangtagVerificationError | HangtagApiError} */
  modelFile(model: Model, path: string): Promise<Uint8Array<ArrayBuffer>> {
    return readModelFile(this.#http, model, path);
  }

  /** The models of the tenant: versions, what is in use, the trial, the history. @throws {HangtagApiError} */
  models(): Promise<Models> {
    return this.#http.json('GET', '/v1/models');
  }

  /**
   * @param model `id@version`
   * @param share of the images, 0 to 1
   * @throws {HangtagApiError} 404: it is not stored; 409: it is active, or lacks labels in use
   */
  startTrial(model: string, share: number): Promise<ModelsInUse> {
    return this.#http.json('POST', '/v1/models/trial', { model, share });
  }

  /** @throws {HangtagApiError} 409: no model is on trial */
  endTrial(): Promise<ModelsInUse> {
    return this.#http.json('DELETE', '/v1/models/trial');
  }

  /**
   * @param options.model `id@version`; absent: the one on trial
   * @param options.isForced promotes it even if the trial does not show that it is better
   * @throws {HangtagApiError} 409: the reasons why it was not promoted
   */
  promote(options: { readonly model?: string; readonly isForced?: boolean } = {}): Promise<ModelsInUse> {
    return this.#http.json('POST', '/v1/models/promotion', options);
  }

  /**
   * Learns from the judged images of the tenant. The new version goes on trial at the end.
   *
   * @throws {HangtagApiError} 409: a run is under way
   */
  learn(request: LearnRequest = {}): Promise<LearningRun> {
    return this.#http.json('POST', '/v1/models/learning', request);
  }

  /** The last run of learning. @throws {HangtagApiError} 404: there was none */
  learning(): Promise<LearningRun> {
    return this.#http.json('GET', '/v1/models/learning');
  }

  /** Labels with the former version again. @throws {HangtagApiError} 409: no version was promoted */
  rollBack(): Promise<ModelsInUse> {
    return this.#http.json('POST', '/v1/models/rollback');
  }

  /** The items and the profile of the person whose ID token the client has. @throws {HangtagApiError} 404: the tenant has no wardrobe */
  wardrobe(): Promise<Wardrobe> {
    return this.#http.json('GET', '/v1/wardrobe');
  }

  /** @param note what is absent stays as it is. @throws {HangtagApiError} 404: the person has no such item */
  describeItem(id: string, note: ItemNote): Promise<WardrobeItem> {
    return this.#http.json('PUT', `/v1/wardrobe/items/${id}`, note);
  }

  /**
   * Begins the consent to read the events of Google Calendar.
   *
   * @param redirectUri where Google sends the person back to, with `code` and `state`
   * @returns the address where the person agrees
   * @throws {HangtagApiError} 503: the installation has no client of Google
   */
  async askForGoogleCalendar(redirectUri: string): Promise<string> {
    const path = '/v1/wardrobe/calendar/google';
    return (await this.#http.json<{ readonly url: string }>('POST', path, { redirectUri })).url;
  }

  /** Ends the consent, and reads the calendar. @throws {HangtagApiError} 400: it is too old, of another person, or refused */
  async connectGoogleCalendar(answer: { readonly code: string; readonly state: string }): Promise<void> {
    await this.#http.json('PUT', '/v1/wardrobe/calendar/google', answer);
  }

  /** Revokes the consent at Google, and forgets the events. @throws {HangtagApiError} */
  async disconnectGoogleCalendar(): Promise<void> {
    await this.#http.empty('DELETE', '/v1/wardrobe/calendar/google');
  }

  /** Reads a calendar from the text of an `.ics` file, in place of the one before. @throws {HangtagApiError} 400: it is no calendar, or too large */
  readCalendar(ics: string): Promise<ReadCalendar> {
    return this.#http.json('PUT', '/v1/wardrobe/calendar', { ics });
  }

  /** Says which occasion events with this title are. @throws {HangtagApiError} */
  async correctOccasion(title: string, occasion: OutfitOffer['occasion']): Promise<void> {
    await this.#http.json('PUT', '/v1/wardrobe/occasions', { title, occasion });
  }

  /** Outfits for a day or an occasion, the best first. @throws {HangtagApiError} */
  offerOutfits(wanted: OutfitRequest = {}): Promise<OutfitOffer> {
    return this.#http.json('POST', '/v1/outfits', wanted);
  }

  /** @param from @param to days, `2026-11-30`: at most 14. @throws {HangtagApiError} */
  planOutfits(from: string, to: string): Promise<OutfitPlan> {
    return this.#http.json('GET', `/v1/outfits?${new URLSearchParams({ from, to })}`);
  }

  /** @throws {HangtagApiError} 404: no such outfit was offered */
  judgeOutfit(id: string, action: 'like' | 'wear' | 'dislike'): Promise<Outfit> {
    return this.#http.json('POST', `/v1/outfits/${id}/${action}`);
  }

  /** What today has used of the budgets of the tenant, and for operators of the installation. @throws {HangtagApiError} */
  budget(): Promise<Budget> {
    return this.#http.json('GET', '/v1/budget');
  }

  /** Queues the images of the tenant again that failed several times. Not complete after 20 s: call it again. @throws {HangtagApiError} */
  replay(): Promise<Replay> {
    return this.#http.json('POST', '/v1/replays', {});
  }

  /** @throws {HangtagApiError} 404: there is no sweep; 409: its state forbids the action */
  changeSweep(action: SweepAction): Promise<Sweep> {
    return this.#http.json('POST', `/v1/sweeps/current/${action}`);
  }
}

/** Without what is undefined. */
function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}
