/** The description of an API, made from the schemas of its routes. */
import type { Api } from './api-env.js';
import { STATUS_OF } from './refusal.js';
import { ErrorAnswer, ProblemDetails } from './route.js';

export const SERVICE = 'hangtag';
/** Of the contract, not of the model: it changes when a client must change. */
export const API_VERSION = '1.0.0';

/** Groups of operations, in the order in which a reader needs them. */
const TAGS = [
  { name: 'Predictions', description: 'Label pictures that are not stored: the published contract.' },
  { name: 'Service', description: 'Whether the service runs, what it did, and how it is used.' },
  {
    name: 'Images',
    description: 'Pictures in the bucket and their records. An image of another tenant does not exist.',
  },
  { name: 'Reports', description: 'The reports of past days.' },
  { name: 'Model', description: 'The model that labels the images, for devices and programs.' },
  { name: 'Models', description: 'Versions of models: trial, promotion and roll-back for the tenant.' },
  { name: 'Keys', description: 'API keys of the tenant.' },
  {
    name: 'Sweeps',
    description: 'Find and repair differences between the records and the objects of the bucket.',
  },
  {
    name: 'Wardrobe',
    description:
      'Outfits of the images that a person owns. Only with the ID token of a person, and the feature `wardrobe`.',
  },
  {
    name: 'Open Inference Protocol',
    description: 'The same predictions for serving clients that exist, such as those of KServe and Triton.',
  },
];

export type ApiDocument = ReturnType<Api['getOpenAPI31Document']>;

export function documentOf(api: Api): ApiDocument {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Hangtag',
      version: API_VERSION,
      description: 'Labels pictures of products.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    // Relative to the address of this description: the function may be served below a path.
    servers: [{ url: '.' }],
    tags: TAGS,
  });
}

/** Both are sent in the header Authorization. */
export function describeCredentials(api: Api): void {
  const { openAPIRegistry: registry } = api;
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `ht_<id>_<secret>`',
  });
  registry.registerComponent('securitySchemes', 'idToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An ID token of Firebase Authentication with the claims `tenant` and `role`',
  });
}

export function describeErrors(api: Api): void {
  const { openAPIRegistry: registry } = api;
  registry.register('Error', ErrorAnswer);
  registry.register('Problem', ProblemDetails);
  for (const status of new Set(Object.values(STATUS_OF))) {
    const codes = Object.entries(STATUS_OF).flatMap(([code, each]) => (each === status ? [code] : []));
    registry.registerComponent('responses', String(status), {
      description: codes.join(', '),
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/Error' } },
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    });
  }
}
