/** The security rules on the Firestore emulator: permitted operations succeed, all others are refused. */
import { readFile } from 'node:fs/promises';
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import { isCategory } from '@hangtag/shared/domain/category.js';
import { STATUSES, type Status } from '@hangtag/shared/domain/record.js';
import { expect } from 'chai';
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import {
  addDoc,
  collection,
  collectionGroup,
  connectFirestoreEmulator,
  deleteDoc,
  deleteField,
  doc,
  type Firestore,
  getCountFromServer,
  getDoc,
  getDocs,
  getFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  setLogLevel,
  Timestamp,
  terminate,
  updateDoc,
  where,
  writeBatch,
} from 'firebase/firestore';
import { GOOD_CATEGORIES, UNSAFE_CATEGORIES } from '../fixtures/categories.js';
import { emulator } from '../support/shared-emulators.js';
import { RULES_FILE } from '../support/test-emulators.js';

const IMAGE = 'tenants/default/images/one';
const GONE = 'tenants/default/images/gone';
const MOVED = 'tenants/default/images/moved';
const imageOf = (status: Status) => `tenants/default/images/${status}`;
const GENERATION = '1767323045000123';

const CORRECTABLE: readonly Status[] = ['done', 'review'];

/** The fields of a record that matter to the rules. */
const record = {
  name: 'returns/4711.jpg',
  generation: GENERATION,
  status: 'review',
  reason: 'low-confidence',
  category: 'Tops',
  confidence: 0.6,
  correction: null,
  present: true,
  owner: 'desk-7',
  updatedAt: Timestamp.fromMillis(1_767_323_045_000),
};

const PEOPLE = {
  nobody: undefined,
  stranger: {},
  member: { tenant: 'default' },
  viewer: { tenant: 'default', role: 'viewer' },
  reviewer: { tenant: 'default', role: 'reviewer' },
  colleague: { tenant: 'default', role: 'reviewer' },
  admin: { tenant: 'default', role: 'admin' },
  foreigner: { tenant: 'acme', role: 'reviewer' },
  'foreign admin': { tenant: 'acme', role: 'admin' },
  ada: { tenant: 'club', role: 'reviewer' },
  bob: { tenant: 'club', role: 'reviewer' },
  'club admin': { tenant: 'club', role: 'admin' },
  one: { tenant: 'shop', role: 'reviewer' },
  two: { tenant: 'shop', role: 'reviewer' },
  three: { tenant: 'shop', role: 'reviewer' },
  'shop viewer': { tenant: 'shop', role: 'viewer' },
  'shop admin': { tenant: 'shop', role: 'admin' },
} as const;
type Person = keyof typeof PEOPLE;

const word = (facts: object = {}) => ({
  category: 'Heels',
  by: 'reviewer',
  at: serverTimestamp(),
  generation: GENERATION,
  ...facts,
});
const correction = (facts: object = {}) => ({
  correction: word(),
  status: 'done',
  reason: null,
  updatedAt: serverTimestamp(),
  ...facts,
});

type Act = (db: Firestore) => Promise<unknown>;
const get =
  (path: string): Act =>
  (db) =>
    getDoc(doc(db, path));
const list =
  (path: string, count = 50): Act =>
  (db) =>
    getDocs(query(collection(db, path), limit(count)));
const correct =
  (facts: object = {}, path = IMAGE): Act =>
  (db) =>
    updateDoc(doc(db, path), correction(facts));
const update =
  (facts: object): Act =>
  (db) =>
    updateDoc(doc(db, IMAGE), facts);

const CLAIM = 'tenants/default/claims/one';
const EXPIRED = 'tenants/default/claims/expired';
/** The claim of the reviewer's page. */
const claim = (facts: object = {}) => ({
  by: 'reviewer',
  page: 'a',
  at: serverTimestamp(),
  seconds: 300,
  expireAt: Timestamp.fromMillis(1_767_323_045_000),
  ...facts,
});
const put =
  (path: string, data: object): Act =>
  (db) =>
    setDoc(doc(db, path), data);

/** A tenant with the feature `wardrobe`. The shirt is Ada's; the poster has no owner. */
const CLUB = 'tenants/club/images';
const listOf =
  (owner: string | null): Act =>
  (db) =>
    getDocs(query(collection(db, CLUB), where('owner', '==', owner), limit(50)));

const CONTROL = 'tenants/default/controls/new';
/** The answer to the image that the colleague has judged. */
const control = (facts: object = {}) => ({
  image: 'judged',
  generation: GENERATION,
  category: 'Heels',
  expected: 'Tops',
  by: 'reviewer',
  at: serverTimestamp(),
  ...facts,
});

/** A tenant in which each image needs the same answer of two people. */
const SHOP = 'tenants/shop';
const anAnswer = (facts: object) => ({
  ...{ image: 'same', generation: GENERATION, category: 'Heels', at: serverTimestamp() },
  ...facts,
});
/** @param turn `first` or `second` */
const answer = (
  turn: string,
  { image = 'open', ...facts }: { readonly image?: string; readonly by: string },
) => put(`${SHOP}/answers/${image}.${GENERATION}.${turn}`, anAnswer({ image, ...facts }));
const decide = (image: string, by: string, category = 'Heels') =>
  correct({ correction: word({ by, category }) }, `${SHOP}/images/${image}`);
const listAnswersOf =
  (person: string): Act =>
  (db) =>
    getDocs(query(collection(db, `${SHOP}/answers`), where('by', '==', person), limit(50)));

type Case = readonly [who: Person, does: string, act: Act];

/** A query of REST, which can have an offset. The web client has none. */
interface RestQuery {
  readonly limit?: number;
  readonly offset?: number;
}

const ALLOWED: readonly Case[] = [
  ['member', 'reads an image of its tenant', get(IMAGE)],
  ['member', 'reads an image that does not exist', get('tenants/default/images/none')],
  ['reviewer', 'reads an image of its tenant', get(IMAGE)],
  ['foreigner', 'reads an image of its own tenant', get('tenants/acme/images/two')],
  ['member', 'lists a page of images', list('tenants/default/images', 1000)],
  [
    'member',
    'lists the images to review, newest first',
    (db) =>
      getDocs(
        query(
          collection(db, 'tenants/default/images'),
          where('status', '==', 'review'),
          orderBy('uploadedAt', 'desc'),
          limit(50),
        ),
      ),
  ],
  ['ada', 'reads its own private image', get(`${CLUB}/shirt`)],
  ['ada', 'lists its own private images', listOf('ada')],
  ['ada', 'corrects its own private image', correct({ correction: word({ by: 'ada' }) }, `${CLUB}/shirt`)],
  ['bob', 'reads an image without an owner beside private ones', get(`${CLUB}/poster`)],
  ['bob', 'reads a private image that does not exist', get(`${CLUB}/none`)],
  ['club admin', 'reads a private image', get(`${CLUB}/shirt`)],
  ['club admin', 'lists all private images', list(CLUB)],
  ['club admin', 'reads the report of private images', get('tenants/club/reports/2026-01-02')],
  ['member', 'reads the settings of its tenant', get('tenants/default')],
  ['member', 'reads a report of its tenant', get('tenants/default/reports/2026-01-02')],
  ['member', 'lists a page of reports', list('tenants/default/reports')],
  ['member', 'reads a queue of its tenant', get('tenants/default/queues/suspects')],
  ['reviewer', 'corrects an image of its tenant', correct()],
  ['admin', 'corrects an image of its tenant', correct({ correction: word({ by: 'admin' }) })],
  ['reviewer', 'answers a control', put(CONTROL, control())],
  ['admin', 'lists the answers to controls', list('tenants/default/controls')],
  ['one', 'is the first to answer to an image that needs two people', answer('first', { by: 'one' })],
  ['two', 'is the second to answer', answer('second', { image: 'begun', by: 'two' })],
  ['two', 'corrects to what both answered', decide('same', 'two')],
  ['one', 'corrects to what both answered', decide('same', 'one')],
  ['three', 'decides where two people differ', decide('different', 'three', 'Flats')],
  ['shop admin', 'decides alone', decide('open', 'shop admin')],
  ['one', 'corrects an image that is not selected for two people', decide('simple', 'one')],
  ['one', 'lists its own answers', listAnswersOf('one')],
  ['shop admin', 'lists all answers', list(`${SHOP}/answers`)],
  ['reviewer', 'claims an image that nobody has claimed', put('tenants/default/claims/free', claim())],
  ['reviewer', 'renews its claim', put(CLAIM, claim())],
  ['colleague', 'claims an image whose claim has expired', put(EXPIRED, claim({ by: 'colleague' }))],
  ['reviewer', 'gives a claim back', (db) => deleteDoc(doc(db, CLAIM))],
  ['admin', 'reads the sweep of the bucket', get('sweeps/hangtag-images')],
  ['admin', 'lists the alerts of its tenant', list('tenants/default/alerts')],
  ['foreign admin', 'lists the alerts of its tenant', list('tenants/acme/alerts')],
  ['admin', 'lists the rollouts of its tenant', list('tenants/default/rollouts')],
  ['admin', 'lists the known models of its tenant', list('tenants/default/models')],
  ['admin', 'reads the learning of its tenant', get('tenants/default/learning/latest')],
  [
    'reviewer',
    'corrects with a category of 100 characters',
    correct({ correction: word({ category: 'x'.repeat(100) }) }),
  ],
  ['reviewer', 'corrects an image that was moved', correct({}, MOVED)],
  ...CORRECTABLE.map(
    (status): Case => ['reviewer', `corrects an image that is ${status}`, correct({}, imageOf(status))],
  ),
  ...GOOD_CATEGORIES.map(
    (category): Case => [
      'reviewer',
      `corrects to ${JSON.stringify(category)}`,
      correct({ correction: word({ category }) }),
    ],
  ),
  [
    'reviewer',
    'changes its own correction',
    async (db) => {
      await updateDoc(doc(db, IMAGE), correction());
      await updateDoc(doc(db, IMAGE), correction({ correction: word({ category: 'Tops' }) }));
    },
  ],
];

const DENIED: readonly Case[] = [
  // Private images
  ['bob', 'reads a private image of another person', get(`${CLUB}/shirt`)],
  ['bob', 'lists the private images of another person', listOf('ada')],
  ['bob', 'lists all images beside private ones', list(CLUB)],
  [
    'bob',
    'corrects a private image of another person',
    correct({ correction: word({ by: 'bob' }) }, `${CLUB}/shirt`),
  ],
  ['bob', 'reads the report of private images', get('tenants/club/reports/2026-01-02')],
  ['bob', 'lists the reports of private images', list('tenants/club/reports')],
  ['foreign admin', 'reads a private image of another tenant', get(`${CLUB}/shirt`)],

  // Identity
  ['nobody', 'reads an image', get(IMAGE)],
  ['nobody', 'lists images', list('tenants/default/images')],
  ['nobody', 'reads a report', get('tenants/default/reports/2026-01-02')],
  ['nobody', 'lists reports', list('tenants/default/reports')],
  ['nobody', 'corrects an image', correct()],
  ['stranger', 'reads an image', get(IMAGE)],
  ['stranger', 'lists images', list('tenants/default/images')],
  ['stranger', 'reads a report', get('tenants/default/reports/2026-01-02')],
  ['stranger', 'corrects an image', correct({ correction: word({ by: 'stranger' }) })],
  ['nobody', 'reads the settings of a tenant', get('tenants/default')],
  ['foreigner', 'reads the settings of another tenant', get('tenants/default')],
  ['member', 'lists the tenants', list('tenants')],
  [
    'reviewer',
    'writes the settings of its tenant',
    (db) => setDoc(doc(db, 'tenants/default'), { name: 'x' }),
  ],
  ['reviewer', 'removes the settings of its tenant', (db) => deleteDoc(doc(db, 'tenants/default'))],
  ['foreigner', 'reads an image of another tenant', get(IMAGE)],
  ['foreigner', 'reads an image of another tenant that does not exist', get('tenants/default/images/none')],
  ['foreigner', 'lists images of another tenant', list('tenants/default/images')],
  ['foreigner', 'reads a queue of another tenant', get('tenants/default/queues/suspects')],
  ['reviewer', 'answers a control as somebody else', put(CONTROL, control({ by: 'colleague' }))],
  ['reviewer', 'answers a control with another known answer', put(CONTROL, control({ expected: 'Heels' }))],
  ['reviewer', 'answers a control of an earlier generation', put(CONTROL, control({ generation: '1' }))],
  [
    'reviewer',
    'answers a control with a time of its own',
    put(CONTROL, control({ at: Timestamp.fromMillis(1) })),
  ],
  ['reviewer', 'answers a control that nobody has judged', put(CONTROL, control({ image: 'one' }))],
  ['reviewer', 'answers a control with a field more', put(CONTROL, control({ note: 'x' }))],
  ['reviewer', 'answers a control with no category', put(CONTROL, control({ category: '<b>' }))],
  ['colleague', 'answers a control that it has judged', put(CONTROL, control({ by: 'colleague' }))],
  ['viewer', 'answers a control', put(CONTROL, control({ by: 'viewer' }))],
  ['foreigner', 'answers a control of another tenant', put(CONTROL, control({ by: 'foreigner' }))],
  ['reviewer', 'lists the answers to controls', list('tenants/default/controls')],
  [
    'admin',
    'changes an answer to a control',
    put('tenants/default/controls/given', control({ by: 'admin' })),
  ],

  // Double review
  ['one', 'corrects alone what needs two people', decide('open', 'one')],
  ['one', 'corrects after its own answer alone', decide('begun', 'one')],
  ['two', 'corrects without an answer of its own', decide('begun', 'two')],
  ['one', 'corrects where two people differ', decide('different', 'one')],
  ['two', 'corrects where two people differ', decide('different', 'two', 'Tops')],
  ['two', 'corrects to another category than both answered', decide('same', 'two', 'Tops')],
  ['one', 'answers twice', answer('second', { image: 'begun', by: 'one' })],
  ['two', 'answers first where somebody has answered', answer('first', { image: 'begun', by: 'two' })],
  ['one', 'changes its answer', answer('first', { image: 'begun', by: 'one' })],
  ['three', 'is a third to answer', answer('second', { image: 'same', by: 'three' })],
  ['three', 'answers under another name', answer('third', { image: 'same', by: 'three' })],
  ['two', 'answers second where nobody has answered', answer('second', { by: 'two' })],
  ['two', 'answers as somebody else', answer('first', { by: 'one' })],
  ['one', 'answers to an image that is not selected', answer('first', { image: 'simple', by: 'one' })],
  ['one', 'answers to an image that does not exist', answer('first', { image: 'none', by: 'one' })],
  [
    'one',
    'answers to an older generation',
    put(`${SHOP}/answers/open.1.first`, anAnswer({ image: 'open', by: 'one', generation: '1' })),
  ],
  [
    'one',
    'answers with a field more',
    put(`${SHOP}/answers/open.${GENERATION}.first`, anAnswer({ image: 'open', by: 'one', note: 'x' })),
  ],
  ['shop viewer', 'answers', answer('first', { by: 'shop viewer' })],
  ['foreigner', 'answers in another tenant', answer('first', { by: 'foreigner' })],
  ['two', 'reads the answer of another person', get(`${SHOP}/answers/begun.${GENERATION}.first`)],
  ['two', 'lists the answers of another person', listAnswersOf('one')],
  ['two', 'lists all answers', list(`${SHOP}/answers`)],
  [
    'shop admin',
    'removes an answer',
    (db) => deleteDoc(doc(db, `${SHOP}/answers/begun.${GENERATION}.first`)),
  ],
  ['admin', 'writes a queue', put('tenants/default/queues/suspects', { images: [] })],
  ['foreigner', 'reads a report of another tenant', get('tenants/default/reports/2026-01-02')],
  ['foreigner', 'lists reports of another tenant', list('tenants/default/reports')],
  ['foreigner', 'corrects an image of another tenant', correct({ correction: word({ by: 'foreigner' }) })],
  [
    'foreign admin',
    'corrects an image of another tenant',
    correct({ correction: word({ by: 'foreign admin' }) }),
  ],
  ['foreign admin', 'reads an image of another tenant', get(IMAGE)],
  ['member', 'corrects an image without a role', correct({ correction: word({ by: 'member' }) })],
  ['viewer', 'corrects an image', correct({ correction: word({ by: 'viewer' }) })],
  ['admin', 'corrects in the name of another user', correct({ correction: word({ by: 'reviewer' }) })],
  ['admin', 'deletes an image', (db) => deleteDoc(doc(db, IMAGE))],

  // Claims
  ['colleague', 'claims an image that another reviewer has claimed', put(CLAIM, claim({ by: 'colleague' }))],
  ['reviewer', 'claims an image that another page of its own has claimed', put(CLAIM, claim({ page: 'b' }))],
  ['colleague', 'gives the claim of another reviewer back', (db) => deleteDoc(doc(db, CLAIM))],
  ['colleague', 'claims in the name of another reviewer', put('tenants/default/claims/free', claim())],
  ['member', 'claims an image', put('tenants/default/claims/free', claim({ by: 'member' }))],
  [
    'foreigner',
    'claims an image of another tenant',
    put('tenants/default/claims/free', claim({ by: 'foreigner' })),
  ],
  [
    'reviewer',
    'claims with another time than that of the server',
    put('tenants/default/claims/free', claim({ at: Timestamp.fromMillis(1) })),
  ],
  ['reviewer', 'claims for an hour', put('tenants/default/claims/free', claim({ seconds: 3_600 }))],
  ['reviewer', 'claims with a field more', put('tenants/default/claims/free', claim({ note: 'x' }))],
  ['reviewer', 'reads claims', list('tenants/default/claims')],

  // What only administrators may read
  ['reviewer', 'reads the sweep of the bucket', get('sweeps/hangtag-images')],
  ['foreign admin', 'reads the sweep of the bucket', get('sweeps/hangtag-images')],
  ['reviewer', 'lists the alerts of its tenant', list('tenants/default/alerts')],
  ['foreign admin', 'lists the alerts of another tenant', list('tenants/default/alerts')],
  ['admin', 'writes an alert', put('tenants/default/alerts/drift', { phase: 'quiet' })],
  ['reviewer', 'lists the rollouts of its tenant', list('tenants/default/rollouts')],
  ['foreign admin', 'lists the rollouts of another tenant', list('tenants/default/rollouts')],
  ['admin', 'writes a rollout', put('tenants/default/rollouts/000001', { n: 1 })],
  ['reviewer', 'lists the known models of its tenant', list('tenants/default/models')],
  ['foreign admin', 'lists the known models of another tenant', list('tenants/default/models')],
  ['reviewer', 'reads the learning of its tenant', get('tenants/default/learning/latest')],
  ['foreign admin', 'reads the learning of another tenant', get('tenants/default/learning/latest')],
  ['admin', 'writes the learning of its tenant', put('tenants/default/learning/latest', { state: 'done' })],
  ['admin', 'writes a known model', put('tenants/default/models/shop@1', { id: 'shop' })],
  ['admin', 'writes the models of its tenant', put('tenants/default', { model: {} })],
  ['admin', 'writes a sweep', put('sweeps/hangtag-images', { status: 'paused' })],

  // Size of a query
  ['member', 'lists images without a limit', (db) => getDocs(collection(db, 'tenants/default/images'))],
  ['member', 'lists more than 1,000 images', list('tenants/default/images', 1001)],
  ['member', 'lists reports without a limit', (db) => getDocs(collection(db, 'tenants/default/reports'))],
  ['member', 'lists more than 1,000 reports', list('tenants/default/reports', 1001)],
  [
    'member',
    'lists the images of all tenants',
    (db) => getDocs(query(collectionGroup(db, 'images'), limit(10))),
  ],
  ['member', 'counts the images of all tenants', (db) => getCountFromServer(collectionGroup(db, 'images'))],
  ['member', 'reads a document outside of all tenants', get('sweeps/hangtag-images')],
  ['member', 'lists the tenants', list('tenants')],
  ['member', 'reads a document below an image', get(`${IMAGE}/secrets/one`)],
  ['member', 'reads another collection of its tenant', get('tenants/default/settings/one')],

  // Writes that only functions may make
  ['reviewer', 'creates an image', (db) => setDoc(doc(db, 'tenants/default/images/new'), record)],
  [
    'reviewer',
    'creates a record with a correction',
    (db) => setDoc(doc(db, 'tenants/default/images/new'), correction()),
  ],
  ['reviewer', 'replaces an image', (db) => setDoc(doc(db, IMAGE), correction())],
  ['reviewer', 'deletes an image', (db) => deleteDoc(doc(db, IMAGE))],
  [
    'reviewer',
    'creates a report',
    (db) => setDoc(doc(db, 'tenants/default/reports/2026-01-03'), { done: 1 }),
  ],
  [
    'reviewer',
    'changes a report',
    (db) => updateDoc(doc(db, 'tenants/default/reports/2026-01-02'), { done: 2 }),
  ],
  ['reviewer', 'deletes a report', (db) => deleteDoc(doc(db, 'tenants/default/reports/2026-01-02'))],
  ['reviewer', 'creates its tenant', (db) => setDoc(doc(db, 'tenants/default'), { plan: 'free' })],
  [
    'reviewer',
    'adds to another collection',
    (db) => addDoc(collection(db, 'tenants/default/settings'), { a: 1 }),
  ],
  [
    'reviewer',
    'writes outside of all tenants',
    (db) => setDoc(doc(db, 'sweeps/hangtag-images'), { cursor: 'z' }),
  ],
  [
    'reviewer',
    'writes a document below an image',
    (db) => setDoc(doc(db, `${IMAGE}/notes/one`), { text: 'x' }),
  ],

  // Fields of a correction
  ['reviewer', 'corrects in the name of another user', correct({ correction: word({ by: 'anna' }) })],
  [
    'reviewer',
    'corrects without a name',
    correct({ correction: { category: 'Heels', at: serverTimestamp(), generation: GENERATION } }),
  ],
  [
    'reviewer',
    'corrects with an earlier time',
    correct({ correction: word({ at: Timestamp.fromMillis(1) }) }),
  ],
  ['reviewer', 'corrects with a time that is a text', correct({ correction: word({ at: 'today' }) })],
  ['reviewer', 'corrects an older generation', correct({ correction: word({ generation: '1' }) })],
  [
    'reviewer',
    'corrects with a generation that is a number',
    correct({ correction: word({ generation: Number(GENERATION) }) }),
  ],
  [
    'reviewer',
    'corrects without a category',
    correct({ correction: { by: 'reviewer', at: serverTimestamp(), generation: GENERATION } }),
  ],
  ['reviewer', 'corrects to an empty category', correct({ correction: word({ category: '' }) })],
  [
    'reviewer',
    'corrects to a category of 101 characters',
    correct({ correction: word({ category: 'x'.repeat(101) }) }),
  ],
  ['reviewer', 'corrects to a number', correct({ correction: word({ category: 7 }) })],
  ['reviewer', 'corrects to a list', correct({ correction: word({ category: ['Heels'] }) })],
  ['reviewer', 'adds a field to a correction', correct({ correction: word({ note: 'x' }) })],
  ['reviewer', 'sets a correction to null', correct({ correction: null })],
  ['reviewer', 'removes the field of a correction', correct({ correction: deleteField() })],
  ['reviewer', 'writes a correction that is a text', correct({ correction: 'Heels' })],
  ['reviewer', 'corrects without the status done', correct({ status: 'review' })],
  ['reviewer', 'requeues an image with a correction', correct({ status: 'queued' })],
  ['reviewer', 'corrects and sets a reason', correct({ reason: 'low-confidence' })],
  [
    'reviewer',
    'corrects without removing the reason',
    update({ correction: word(), status: 'done', updatedAt: serverTimestamp() }),
  ],
  ['reviewer', 'corrects with an earlier updatedAt', correct({ updatedAt: Timestamp.fromMillis(1) })],
  ['reviewer', 'corrects without updatedAt', update({ correction: word(), status: 'done', reason: null })],
  ['reviewer', 'corrects and changes the category of the model', correct({ category: 'Heels' })],
  ['reviewer', 'corrects and changes the confidence', correct({ confidence: 1 })],
  [
    'reviewer',
    'corrects and changes the generation',
    correct({ generation: '9', correction: word({ generation: '9' }) }),
  ],
  ['reviewer', 'corrects and changes the name', correct({ name: 'other.jpg' })],
  ['reviewer', 'corrects and changes the owner', correct({ owner: 'reviewer' })],
  ['reviewer', 'corrects and changes the presence', correct({ present: false })],
  ['reviewer', 'corrects and adds a field', correct({ isAdmin: true })],
  ['reviewer', 'corrects and removes a field', correct({ owner: deleteField() })],
  [
    'reviewer',
    'changes the status without a correction',
    update({ status: 'done', reason: null, updatedAt: serverTimestamp() }),
  ],
  ...STATUSES.filter((status) => !CORRECTABLE.includes(status)).map(
    (status): Case => ['reviewer', `corrects an image that is ${status}`, correct({}, imageOf(status))],
  ),
  ...UNSAFE_CATEGORIES.map(
    (category): Case => [
      'reviewer',
      `corrects to ${JSON.stringify(category)}`,
      correct({ correction: word({ category }) }),
    ],
  ),
  ['reviewer', 'corrects a deleted image', correct({}, GONE)],
  ['reviewer', 'corrects an image that does not exist', correct({}, 'tenants/default/images/none')],
];

describe('The rules of Firestore', () => {
  let environment: RulesTestEnvironment;
  let port: number;
  const apps = new Map<string, FirebaseApp>();

  /** The web client as the quick start connects it; `owner` is the emulator's token of an administrator, for whom no rules apply. */
  const connect = (who: Person | 'owner'): Firestore => {
    const known = apps.get(who);
    if (known) return getFirestore(known);
    const app = initializeApp({ projectId: 'demo-rules' }, who);
    apps.set(who, app);
    const db = getFirestore(app);
    const claims = who === 'owner' ? 'owner' : PEOPLE[who] && { sub: who, ...PEOPLE[who] };
    connectFirestoreEmulator(db, '127.0.0.1', port, claims ? { mockUserToken: claims } : {});
    return db;
  };

  before(async function () {
    ({ port } = await emulator('firestore', this));
    setLogLevel('silent');
    environment = await initializeTestEnvironment({
      projectId: 'demo-rules',
      firestore: { host: '127.0.0.1', port, rules: await readFile(RULES_FILE, 'utf8') },
    });
  });
  beforeEach(async () => {
    const batch = writeBatch(connect('owner'));
    const add = (path: string, data: object) => batch.set(doc(connect('owner'), path), data);
    add(IMAGE, record);
    add(GONE, { ...record, status: 'deleted', reason: null, present: false });
    add(MOVED, { ...record, present: false });
    for (const status of STATUSES) add(imageOf(status), { ...record, status });
    add('tenants/acme/images/two', record);
    add('tenants/club', { features: ['wardrobe'] });
    add(`${CLUB}/shirt`, { ...record, owner: 'ada' });
    add(`${CLUB}/poster`, { ...record, owner: null });
    add('tenants/club/reports/2026-01-02', { done: 1 });
    const judged = { category: 'Tops', by: 'colleague', generation: GENERATION };
    add('tenants/default/images/judged', { ...record, status: 'done', correction: judged });
    add('tenants/default/controls/given', { by: 'reviewer' });
    add(SHOP, { review: { doubleEvery: 2 } });
    for (const image of ['open', 'begun', 'same', 'different'])
      add(`${SHOP}/images/${image}`, { ...record, owner: null, check: 4 });
    add(`${SHOP}/images/simple`, { ...record, owner: null, check: 5 });
    const give = (image: string, turn: string, by: string, category: string) =>
      add(`${SHOP}/answers/${image}.${GENERATION}.${turn}`, anAnswer({ image, by, category }));
    for (const image of ['begun', 'same', 'different']) give(image, 'first', 'one', 'Heels');
    give('same', 'second', 'two', 'Heels');
    give('different', 'second', 'two', 'Tops');
    for (const free of [`open.${GENERATION}.first`, `begun.${GENERATION}.second`])
      batch.delete(doc(connect('owner'), `${SHOP}/answers/${free}`));
    add('tenants/default/reports/2026-01-02', { done: 1 });
    add(CLAIM, claim());
    add(EXPIRED, claim({ at: Timestamp.fromMillis(1) }));
    batch.delete(doc(connect('owner'), 'tenants/default/claims/free'));
    await batch.commit();
  });
  after(async () => {
    await environment?.cleanup();
    for (const app of apps.values()) await terminate(getFirestore(app)).then(() => deleteApp(app));
  });

  for (const [who, does, act] of ALLOWED) {
    it(`allow: ${who} ${does}`, () => assertSucceeds(act(connect(who))));
  }

  for (const [who, does, act] of DENIED) {
    it(`deny: ${who} ${does}`, () => assertFails(act(connect(who))));
  }

  /** Runs a query as a member of the tenant, over REST. @returns the HTTP status */
  const runQuery = async (structuredQuery: RestQuery): Promise<number> => {
    const claims = { sub: 'member', user_id: 'member', iat: 1, exp: 9_999_999_999, ...PEOPLE.member };
    const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const response = await fetch(
      `http://127.0.0.1:${port}/v1/projects/demo-rules/databases/(default)/documents/tenants/default:runQuery`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${part({ alg: 'none' })}.${part(claims)}.` },
        body: JSON.stringify({ structuredQuery: { from: [{ collectionId: 'images' }], ...structuredQuery } }),
      },
    );
    await response.body?.cancel();
    return response.status;
  };

  it('deny: member skips documents with an offset, which are billed as well', async () => {
    expect(await runQuery({ limit: 10, offset: 1 })).to.equal(403);
    expect(await runQuery({ limit: 1, offset: 100_000 })).to.equal(403);
    expect(await runQuery({ offset: 1 })).to.equal(403);
    expect(await runQuery({ limit: 10 })).to.equal(200);
    expect(await runQuery({ limit: 10, offset: 0 })).to.equal(200);
  });

  it('accept the same categories as the domain', () => {
    expect(GOOD_CATEGORIES.every(isCategory)).to.equal(true);
    expect(UNSAFE_CATEGORIES.some(isCategory)).to.equal(false);
  });

  it('allow a listener of the web client to receive a correction', async () => {
    const seen: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const page = query(collection(connect('member'), 'tenants/default/images'), limit(10));
      let isListening = false;
      const stop = onSnapshot(
        page,
        (snapshot) => {
          // The emulator can lose a write that arrives while it starts a listener.
          if (!isListening) correct()(connect('reviewer')).catch(reject);
          isListening = true;
          for (const change of snapshot.docChanges()) seen.push(change.doc.data()['correction']?.category);
          if (!seen.includes('Heels')) return;
          stop();
          resolve();
        },
        reject,
      );
    });
    expect(seen).to.include('Heels');
  });
});
