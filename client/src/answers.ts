/** What the API receives and answers: the types are generated from openapi.json. */
import type { components, operations } from './openapi.js';

type Schemas = components['schemas'];

export type Prediction = Schemas['Prediction'];
export type Image = Schemas['Image'];
export type ImageWithPicture = Schemas['ImageWithPicture'];
/** It has the cursor of the next page; the last page has none. */
export type ImagePage = Schemas['ImagePage'];
/** An image that looks like another one. */
export type SimilarImage = Schemas['SimilarImage'];
/** What a vision model suggests for an image in review. */
export type Opinion = NonNullable<Image['opinion']>;
export type Model = Schemas['Model'];
/** A request that the bucket accepts. */
export type SignedUpload = Schemas['Upload'];
/** Versions of models, those in use, the trial and the history. */
export type Models = Schemas['Models'];
export type ModelsInUse = Schemas['ModelsInUse'];
export type Trial = Schemas['Trial'];
/** How far a run of learning is, or what came of it. */
export type LearningRun = Schemas['LearningRun'];
export type LearnRequest = NonNullable<operations['learn']['requestBody']>['content']['application/json'];
/** What today has used. */
export type Budget = Schemas['Budget'];
export type Wardrobe = Schemas['Wardrobe'];
export type WardrobeItem = Schemas['WardrobeItem'];
export type ItemNote = operations['describeItem']['requestBody']['content']['application/json'];
export type Outfit = Schemas['Outfit'];
export type OutfitOffer = Schemas['OutfitOffer'];
export type OutfitRequest = operations['offerOutfits']['requestBody']['content']['application/json'];
export type OutfitPlan = Schemas['OutfitPlan'];
export type ReadCalendar = Schemas['ReadCalendar'];
/** What became of the images that had failed several times. */
export type Replay = Schemas['Replay'];
export type Sweep = Schemas['Sweep'];
export type SweepAction = operations['changeSweep']['parameters']['path']['action'];
export type Status = Image['status'];
export type Tier = NonNullable<Image['tier']>;
export type Filter = Omit<NonNullable<operations['listImages']['parameters']['query']>, 'cursor' | 'limit'>;
export type UploadRequest = operations['startUpload']['requestBody']['content']['application/json'];
