/** What the API receives and answers: the types are generated from openapi.json. */
import type { components, operations } from './openapi.js';

type Schemas = components['schemas'];

export type Prediction = Schemas['Prediction'];
export type Image = Schemas['Image'];
export type ImageWithPicture = Schemas['ImageWithPicture'];
/** It has the cursor of the next page; the last page has none. */
export type ImagePage = Schemas['ImagePage'];
export type Model = Schemas['Model'];
/** A request that the bucket accepts. */
export type SignedUpload = Schemas['Upload'];
export type Status = Image['status'];
export type Tier = NonNullable<Image['tier']>;
export type Filter = Omit<NonNullable<operations['listImages']['parameters']['query']>, 'cursor' | 'limit'>;
export type UploadRequest = operations['startUpload']['requestBody']['content']['application/json'];
