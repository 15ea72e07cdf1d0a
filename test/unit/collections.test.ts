import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

const read = (path: string) => readFileSync(fromRoot(path), 'utf8');

const ROW =
  /^\| `(?<path>[\w/{}]+)` \|(?<holds>[^|]+)\| (?<clients>[^|]+) \| (?<ttl>yes|no) \|(?<restored>[^|]+)\|$/gm;

interface Row {
  readonly path: string;
  readonly clients: string;
  readonly ttl: string;
}

function documented(): readonly Row[] {
  const [, section = ''] = read('docs/design.md').split(/^## Collections$/m);
  const [table = ''] = section.split(/^## /m);
  return [...table.matchAll(ROW)].map(({ groups }) => groups as unknown as Row);
}

/** The collections that the functions use. */
function inAdapters(): readonly string[] {
  const folder = 'shared/src/adapters/firestore';
  const code = readdirSync(fromRoot(folder))
    .map((name) => read(`${folder}/${name}`))
    .join('\n');
  const constants = new Map(
    [...code.matchAll(/const ([A-Z_]+) = '(\w+)'/g)].map(([, name, id]) => [name, id]),
  );
  const ofTenants = [...code.matchAll(/`tenants\/\$\{\w+\}\/(?:\$\{([A-Z_]+)\}|(\w+))/g)];
  return [
    ...ofTenants.map(([, name, id]) => `tenants/{t}/${id ?? constants.get(name)}`),
    ...[...code.matchAll(/\.collection\(([A-Z_]+)\)/g)].map(([, name]) => `${constants.get(name)}`),
  ];
}

/** The collections that clients use. */
function inRules(): readonly string[] {
  return [...read('firestore.rules').matchAll(/^ {4}match \/((?:tenants\/\{tenant\}\/)?\w+)\//gm)].map(
    ([, path = '']) => path.replace('{tenant}', '{t}'),
  );
}

function withTtl(): readonly string[] {
  const { fieldOverrides } = JSON.parse(read('firestore.indexes.json'));
  return fieldOverrides.flatMap((each: { ttl: boolean; collectionGroup: string }) =>
    each.ttl ? each.collectionGroup : [],
  );
}

describe('The table of collections in docs/design.md', () => {
  const rows = documented();
  const pathsOf = (chosen: readonly Row[]) => chosen.map(({ path }) => path);
  const idOf = (path: string) => path.split('/').at(-1);

  it('has the collections of the code and of the rules, and no other', () => {
    expect(inAdapters(), 'control').to.include.members([
      'tenants/{t}/images',
      'apiKeys',
      'tenants/{t}/queues',
    ]);
    expect(pathsOf(rows).toSorted()).to.deep.equal([...new Set([...inAdapters(), ...inRules()])].toSorted());
  });

  it('says which of them clients reach', () => {
    expect(pathsOf(rows.filter(({ clients }) => clients !== 'none'))).to.have.members(inRules());
  });

  it('says which of them have a TTL policy', () => {
    expect(rows.filter(({ ttl }) => ttl === 'yes').map(({ path }) => idOf(path))).to.have.members(withTtl());
  });
});
