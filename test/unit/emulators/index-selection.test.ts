/**
 * The rules by which Firestore selects indexes. The examples are those of its documentation:
 * https://firebase.google.com/docs/firestore/query-data/index-overview
 */
import { AggregateField, Filter, type Firestore, type Query } from '@google-cloud/firestore';
import { describeIndex, IndexCheck } from '@hangtag/emulators/indexes/index-check.js';
import { type FileIndex, Indexes, type IndexFile } from '@hangtag/emulators/indexes/index-file.js';
import { assert } from 'chai';
import { recordQueries } from '../../support/query-recorder.js';

type Ask = (cities: Query) => { get(): Promise<unknown> };

interface Case {
  readonly ask: Ask;
  /** Fields of each index: `a` ascending, `-a` descending, `[a]` array, `<a` vector of two numbers. */
  readonly served: readonly (readonly string[])[];
  /** The index that is named where there is no composite index. Empty if none is needed. */
  readonly missing: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'all documents': { ask: (q) => q, served: [[]], missing: '' },
  'one equality': { ask: (q) => q.where('state', '==', 'CO'), served: [[]], missing: '' },
  'equalities merge the indexes of single fields': {
    ask: (q) => q.where('country', '==', 'USA').where('capital', '==', false).where('state', '==', 'CA'),
    served: [[]],
    missing: '',
  },
  'a range of one field': {
    ask: (q) => q.where('state', '>=', 'CA').where('state', '<=', 'IN'),
    served: [[]],
    missing: '',
  },
  'an array merges with equalities': {
    ask: (q) => q.where('regions', 'array-contains', 'west_coast').where('capital', '==', true),
    served: [[]],
    missing: '',
  },
  'array-contains-any uses the index of array-contains': {
    ask: (q) => q.where('regions', 'array-contains-any', ['a', 'b']),
    served: [[]],
    missing: '',
  },
  'in, merged': {
    ask: (q) => q.where('country', 'in', ['USA', 'Japan']).where('capital', '==', true),
    served: [[]],
    missing: '',
  },
  'an order of one field': { ask: (q) => q.orderBy('population', 'desc'), served: [[]], missing: '' },
  'an equality and an order': {
    ask: (q) => q.where('country', '==', 'USA').orderBy('population', 'asc'),
    served: [
      ['country', 'population'],
      ['-country', 'population'],
    ],
    missing: 'country ASCENDING, population ASCENDING',
  },
  'the other direction needs another index': {
    ask: (q) => q.where('country', '==', 'USA').orderBy('population', 'desc'),
    served: [['country', '-population']],
    missing: 'country ASCENDING, population DESCENDING',
  },
  'limitToLast asks in the other direction': {
    ask: (q) => q.where('country', '==', 'USA').orderBy('population').limitToLast(1),
    served: [['country', '-population']],
    missing: 'country ASCENDING, population DESCENDING',
  },
  'an equality and a range': {
    ask: (q) => q.where('country', '==', 'USA').where('population', '<', 3_800_000),
    served: [['country', 'population']],
    missing: 'country ASCENDING, population ASCENDING',
  },
  'in and a range': {
    ask: (q) => q.where('country', 'in', ['USA', 'Japan']).where('population', '>', 690_000),
    served: [['country', 'population']],
    missing: 'country ASCENDING, population ASCENDING',
  },
  'an array and an order': {
    ask: (q) => q.where('regions', 'array-contains', 'east_coast').orderBy('population'),
    served: [['[regions]', 'population']],
    missing: 'regions CONTAINS, population ASCENDING',
  },
  'not equal is a range': {
    ask: (q) => q.where('country', '!=', 'USA').where('capital', '==', true),
    served: [['capital', 'country']],
    missing: 'capital ASCENDING, country ASCENDING',
  },
  'null is an equality': {
    ask: (q) => q.where('state', '==', null).where('capital', '==', true),
    served: [[]],
    missing: '',
  },
  'two orders': {
    ask: (q) => q.orderBy('country').orderBy('population', 'desc'),
    served: [['country', '-population']],
    missing: 'country ASCENDING, population DESCENDING',
  },
  'ranges of several fields, ordered by their names': {
    ask: (q) => q.where('salary', '>', 100_000).where('experience', '>', 0),
    served: [['experience', 'salary']],
    missing: 'experience ASCENDING, salary ASCENDING',
  },
  'ranges of several fields in a given order': {
    ask: (q) => q.where('experience', '>', 0).where('salary', '>', 1).orderBy('salary').orderBy('experience'),
    served: [['salary', 'experience']],
    missing: 'salary ASCENDING, experience ASCENDING',
  },
  'an order before the range': {
    ask: (q) => q.where('population', '>', 1).orderBy('country', 'desc'),
    served: [['-country', '-population']],
    missing: 'country DESCENDING, population DESCENDING',
  },
  'an order by a field with one value': {
    ask: (q) => q.where('tenant', '==', 't').orderBy('created', 'desc').orderBy('tenant', 'asc'),
    // https://github.com/firebase/firebase-js-sdk/issues/9097
    served: [['tenant', '-created', '__name__']],
    missing: 'tenant ASCENDING, created DESCENDING, __name__ ASCENDING',
  },
  'the name in the direction of the order': {
    ask: (q) => q.orderBy('text', 'desc').orderBy('__name__', 'desc'),
    served: [[]],
    missing: '',
  },
  'the name against the direction of the order': {
    ask: (q) => q.orderBy('text', 'desc').orderBy('__name__', 'asc'),
    served: [['-text', '__name__']],
    missing: 'text DESCENDING, __name__ ASCENDING',
  },
  'names, descending': {
    ask: (q) => q.orderBy('__name__', 'desc'),
    served: [['-__name__']],
    missing: '__name__ DESCENDING',
  },
  'an equality in descending order of names': {
    ask: (q) => q.where('state', '==', 'CO').orderBy('__name__', 'desc'),
    served: [[]],
    missing: '',
  },
  'a disjunction of equalities': {
    ask: (q) => q.where(Filter.or(Filter.where('state', '==', 'CA'), Filter.where('capital', '==', true))),
    served: [[]],
    missing: '',
  },
  'a disjunction with a range orders each part': {
    ask: (q) =>
      q.where(Filter.or(Filter.where('capital', '==', true), Filter.where('population', '>=', 1_000_000))),
    served: [['capital', 'population']],
    missing: 'capital ASCENDING, population ASCENDING',
  },
  'a disjunction inside a conjunction': {
    ask: (q) =>
      q
        .where('a', '==', 1)
        .where(Filter.or(Filter.where('b', '==', 1), Filter.where('b', '==', 2)))
        .orderBy('c'),
    served: [['b', 'a', 'c']],
    missing: 'a ASCENDING, b ASCENDING, c ASCENDING',
  },
  'a count needs the index of its query': {
    ask: (q) => q.where('country', '==', 'USA').where('population', '>', 1).count(),
    served: [['country', 'population']],
    missing: 'country ASCENDING, population ASCENDING',
  },
  'a sum reads its field from the index': {
    ask: (q) => q.where('state', '==', 'CA').aggregate({ all: AggregateField.sum('population') }),
    served: [
      ['state', 'population'],
      ['state', '-population'],
    ],
    missing: 'state ASCENDING, population ASCENDING',
  },
  'a sum of all documents': {
    ask: (q) => q.aggregate({ all: AggregateField.sum('population') }),
    served: [[]],
    missing: '',
  },
  'the nearest vectors': {
    ask: (q) => q.findNearest({ vectorField: 'v', queryVector: [1, 2], limit: 1, distanceMeasure: 'COSINE' }),
    served: [['<v']],
    missing: 'v VECTOR',
  },
  'the nearest vectors of a colour': {
    ask: (q) =>
      q
        .where('colour', '==', 'red')
        .findNearest({ vectorField: 'v', queryVector: [1, 2], limit: 1, distanceMeasure: 'COSINE' }),
    served: [['colour', '<v']],
    missing: 'colour ASCENDING, v VECTOR',
  },
};

/** Needs of the same query over all collections of a name. No single field is indexed there. */
const IN_GROUP: Readonly<Record<string, Case>> = {
  'all documents': { ask: (q) => q, served: [[]], missing: '' },
  'several equalities': {
    ask: (q) => q.where('a', '==', 1).where('b', '==', 2),
    served: [
      ['a', 'b'],
      ['b', 'a'],
    ],
    missing: 'a ASCENDING, b ASCENDING',
  },
  'an equality and an order': {
    ask: (q) => q.where('country', '==', 'USA').orderBy('population'),
    served: [['country', 'population']],
    missing: 'country ASCENDING, population ASCENDING',
  },
};

const MERGED: Readonly<
  Record<string, { readonly indexes: readonly (readonly string[])[]; readonly isServed: boolean }>
> = {
  'one index for each equality': {
    indexes: [
      ['category', 'star_rating'],
      ['city', 'star_rating'],
      ['editors_pick', 'star_rating'],
    ],
    isServed: true,
  },
  'indexes that overlap': {
    indexes: [
      ['category', 'city', 'star_rating'],
      ['editors_pick', 'city', 'star_rating'],
    ],
    isServed: true,
  },
  'an equality without an index': {
    indexes: [
      ['category', 'star_rating'],
      ['city', 'star_rating'],
    ],
    isServed: false,
  },
  'one index in the other direction': {
    indexes: [
      ['category', 'star_rating'],
      ['city', '-star_rating'],
      ['editors_pick', 'star_rating'],
    ],
    isServed: false,
  },
};

describe('the selection of indexes', () => {
  for (const [scope, cases] of [
    ['COLLECTION', CASES],
    ['COLLECTION_GROUP', IN_GROUP],
  ] as const) {
    for (const [what, { ask, served, missing }] of Object.entries(cases)) {
      const outcome = missing === '' ? 'needs no composite index' : `needs ${missing}`;
      it(`for ${what} in a ${scope} ${outcome}`, async () => {
        assert.equal(namedIndex(await refusal(ask, { scope, indexes: [] })), missing);

        for (const fields of served) {
          const indexes = fields.length === 0 ? [] : [fields];
          assert.isUndefined(await refusal(ask, { scope, indexes }), fields.join());
        }
      });
    }
  }

  for (const [what, { indexes, isServed }] of Object.entries(MERGED)) {
    it(`${isServed ? 'merges' : 'does not merge'} ${what}`, async () => {
      const restaurants: Ask = (q) =>
        q
          .where('category', '==', 'burgers')
          .where('city', '==', 'San Francisco')
          .where('editors_pick', '==', true)
          .orderBy('star_rating');

      const answer = await refusal(restaurants, { scope: 'COLLECTION', indexes });

      assert.equal(answer === undefined, isServed);
    });
  }

  it('uses no index of one collection for a query over all, and the other way round', async () => {
    const ask: Ask = (q) => q.where('a', '==', 1).orderBy('b');
    const of = (queryScope: Scope) =>
      new Indexes({ indexes: [entry(['a', 'b'], queryScope)], fieldOverrides: [] });

    assert.isString(await refusalBy(of('COLLECTION'), ask, 'COLLECTION_GROUP'));
    assert.isString(await refusalBy(of('COLLECTION_GROUP'), ask, 'COLLECTION'));
  });
});

describe('the single-field indexes of fieldOverrides', () => {
  const byState: Ask = (q) => q.where('state', '==', 'CA');
  const override = (fieldPath: string, indexes: Override['indexes']) =>
    new Indexes({ indexes: [], fieldOverrides: [{ collectionGroup: 'cities', fieldPath, indexes }] });

  it('are refused if the field is exempted, with the override to add', async () => {
    const answer = await refusalBy(override('state', []), byState, 'COLLECTION');

    assert.include(
      answer,
      'The query requires a COLLECTION_ASC index for collection cities and field state.',
    );
    assert.deepEqual(jsonIn(answer), {
      collectionGroup: 'cities',
      fieldPath: 'state',
      indexes: [{ order: 'ASCENDING', queryScope: 'COLLECTION' }],
    });
  });

  it('can be added for queries over all collections: the override to add keeps those that exist', async () => {
    const answer = await refusalBy(
      new Indexes({ indexes: [], fieldOverrides: [] }),
      byState,
      'COLLECTION_GROUP',
    );
    const added = jsonIn(answer) as Override;

    assert.include(
      answer,
      'The query requires a COLLECTION_GROUP_ASC index for collection cities and field state.',
    );
    assert.lengthOf(added.indexes, 4);
    assert.isUndefined(await refusalBy(override('state', added.indexes), byState, 'COLLECTION_GROUP'));
    assert.isUndefined(await refusalBy(override('state', added.indexes), byState, 'COLLECTION'));
  });

  it('are inherited by the fields of a map, and by all fields of a collection with *', async () => {
    const inMap: Ask = (q) => q.where('stats.people', '==', 1);

    assert.isString(await refusalBy(override('stats', []), inMap, 'COLLECTION'));
    assert.isString(await refusalBy(override('*', []), inMap, 'COLLECTION'));
    assert.isUndefined(await refusalBy(override('stat', []), inMap, 'COLLECTION'));
  });

  it('do not concern composite indexes', async () => {
    const indexes = new Indexes({
      indexes: [entry(['state', 'size'], 'COLLECTION')],
      fieldOverrides: [{ collectionGroup: 'cities', fieldPath: 'state', indexes: [] }],
    });

    assert.isUndefined(
      await refusalBy(indexes, (q) => q.where('state', '==', 'CA').orderBy('size'), 'COLLECTION'),
    );
  });
});

describe('the refusal of a query', () => {
  it('is the text of production, with a link that the console understands and the index to add', async () => {
    const ask: Ask = (q) => q.where('country', '==', 'USA').orderBy('population');

    const answer = await refusal(ask, { scope: 'COLLECTION', indexes: [] });

    // The link of production for this query, from the documentation of indexes.
    const link = /^The query requires an index\. You can create it here: (\S+create_composite=(\S+))$/m.exec(
      answer ?? '',
    );
    assert.equal(
      link?.[1]?.split('?')[0],
      'https://console.firebase.google.com/v1/r/project/demo/firestore/indexes',
    );
    assert.include(
      Buffer.from(link?.[2] ?? '', 'base64url').toString('latin1'),
      'projects/demo/databases/(default)/collectionGroups/cities/indexes/_\x10\x01\x1a\x0b\n\x07country\x10\x01',
    );
    assert.deepEqual(jsonIn(answer), entry(['country', 'population'], 'COLLECTION'));
  });

  it('names the command for an index of vectors', async () => {
    const ask: Ask = (q) =>
      q.findNearest({ vectorField: 'v', queryVector: [1, 2], limit: 1, distanceMeasure: 'COSINE' });

    const answer = await refusal(ask, { scope: 'COLLECTION', indexes: [['<v']] }, 'other');

    assert.match(
      answer ?? '',
      /^Missing vector index configuration\..* gcloud firestore indexes composite create/,
    );
    assert.include(answer, '"dimension":"2"');
  });
});

type Scope = FileIndex['queryScope'];
type Override = IndexFile['fieldOverrides'][number];

interface Given {
  readonly scope: Scope;
  readonly indexes: readonly (readonly string[])[];
}

function refusal(ask: Ask, { scope, indexes }: Given, collection = 'cities'): Promise<string | undefined> {
  const entries = indexes.map((fields) => entry(fields, scope));
  return refusalBy(new Indexes({ indexes: entries, fieldOverrides: [] }), ask, scope, collection);
}

async function refusalBy(indexes: Indexes, ask: Ask, scope: Scope, collection = 'cities') {
  const source = (firestore: Firestore) =>
    scope === 'COLLECTION' ? firestore.collection(collection) : firestore.collectionGroup(collection);
  const [recorded] = await recordQueries((firestore) => ask(source(firestore)).get());
  return recorded && new IndexCheck(indexes).refusalOf(recorded);
}

function entry(fields: readonly string[], queryScope: Scope): FileIndex {
  return { collectionGroup: 'cities', queryScope, fields: fields.map(fieldOf) };
}

function fieldOf(text: string): FileIndex['fields'][number] {
  if (text.startsWith('[')) return { fieldPath: text.slice(1, -1), arrayConfig: 'CONTAINS' };
  if (text.startsWith('<')) return { fieldPath: text.slice(1), vectorConfig: { dimension: 2, flat: {} } };
  if (text.startsWith('-')) return { fieldPath: text.slice(1), order: 'DESCENDING' };
  return { fieldPath: text, order: 'ASCENDING' };
}

/** What a refusal asks to be added. */
function jsonIn(answer: string | undefined): unknown {
  return JSON.parse(answer?.split('\n').at(-1) ?? '');
}

function namedIndex(answer: string | undefined): string {
  if (answer === undefined) return '';
  return describeIndex(jsonIn(answer) as FileIndex).replace(/^.*?: /, '');
}
