/** What `npx hangtag init` makes of the folder of a Firebase project. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addRules } from '@hangtag/functions/init/add-rules.js';
import { type InitOptions, planChanges, type Shipped } from '@hangtag/functions/init/plan-changes.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const shippedText = (file: string) => readFileSync(fromRoot(file), 'utf8');
const SHIPPED: Shipped = {
  version: '0.1.0',
  firestoreRules: shippedText('firestore.rules'),
  storageRules: shippedText('storage.rules'),
  indexes: JSON.parse(shippedText('firestore.indexes.json')),
  peers: { 'firebase-functions': '^7.4.0' },
  runtime: 'nodejs24',
};
const OPTIONS: InitOptions = {
  bucket: 'my-shop.firebasestorage.app',
  region: 'europe-west1',
  imageLabels: undefined,
  package: undefined,
};

describe('npx hangtag init', () => {
  const directory = temporaryDirectory();
  let count = 0;

  /** @returns the folder of a project with these files */
  function projectWith(files: Readonly<Record<string, string>>): string {
    const project = join(directory, String(++count));
    for (const [path, text] of Object.entries(files)) write(project, path, text);
    return project;
  }

  function write(project: string, path: string, text: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }

  /** @returns the text of each changed file */
  function init(project: string, options: Partial<InitOptions> = {}): Readonly<Record<string, string>> {
    const changes = planChanges(project, { ...OPTIONS, ...options }, SHIPPED);
    for (const { path, after } of changes) write(project, path, after);
    return Object.fromEntries(changes.map(({ path, after }) => [path, after]));
  }

  it('adds the functions, the rules and the indexes to an empty project', () => {
    const changed = init(projectWith({ 'firebase.json': '{}' }));

    expect(Object.keys(changed)).to.have.members([
      'firebase.json',
      'firestore.rules',
      'firestore.indexes.json',
      'storage.rules',
      'hangtag/package.json',
      'hangtag/index.js',
      'hangtag/.npmrc',
    ]);
    expect(JSON.parse(changed['firebase.json'] ?? '')).to.deep.equal({
      firestore: { rules: 'firestore.rules', indexes: 'firestore.indexes.json' },
      storage: { rules: 'storage.rules' },
      functions: [
        { source: 'hangtag', codebase: 'hangtag', runtime: 'nodejs24', ignore: ['node_modules', '.git'] },
      ],
    });
    expect(changed['hangtag/index.js']).to.include('my-shop.firebasestorage.app').and.include('europe-west1');
    expect(JSON.parse(changed['firestore.indexes.json'] ?? '')).to.deep.equal(SHIPPED.indexes);
  });

  it('changes nothing when it runs again, also with other options', () => {
    const project = projectWith({ 'firebase.json': '{}' });
    init(project);

    expect(init(project)).to.deep.equal({});
    expect(init(project, { bucket: 'another', region: 'us-east1' })).to.deep.equal({});
  });

  it('keeps the functions, rules, indexes and form of a project', () => {
    const index = { collectionGroup: 'orders', queryScope: 'COLLECTION', fields: [] };
    const project = projectWith({
      'firebase.json':
        '{"hosting": {"public": "web"}, "functions": {"source": "functions"}, "firestore": {"rules": "rules/db.rules"}}',
      'rules/db.rules': PROJECT_RULES,
      'firestore.indexes.json': JSON.stringify({ indexes: [index] }),
    });

    const changed = init(project);

    const config = JSON.parse(changed['firebase.json'] ?? '');
    expect(config.hosting).to.deep.equal({ public: 'web' });
    expect(config.functions.map((each: { readonly source: string }) => each.source)).to.deep.equal([
      'functions',
      'hangtag',
    ]);
    expect(changed).not.to.have.property('firestore.rules');
    const rules = changed['rules/db.rules']?.split('\n') ?? [];
    expect(rules).to.include.members(PROJECT_RULES.split('\n'));
    expect(JSON.parse(changed['firestore.indexes.json'] ?? '').indexes[0]).to.deep.equal(index);
  });

  it('keeps the indentation, the line ends and the comments of a project', () => {
    const inWindows = (text: string) => text.replaceAll('\n', '\r\n');
    const project = projectWith({
      'firebase.json': inWindows('\uFEFF{\n\t"hosting": {\n\t\t"public": "web"\n\t}\n}\n'),
      'firestore.rules': inWindows(PROJECT_RULES.replace('documents {', 'documents { // ours')),
    });

    const changed = init(project);

    expect(changed['firebase.json']).to.match(/^\{\r\n\t"hosting": \{\r\n\t\t"public": "web"\r\n\t\},\r\n/);
    expect(changed['firestore.rules']).to.include('documents { // ours\r\n    // hangtag: begin.');
    expect(changed['firestore.rules']).not.to.match(/[^\r]\n/);
    expect(init(project)).to.deep.equal({});
  });

  for (const [text, message] of [
    ['{ // ours\n}', 'Expected JSON without comments in firebase.json'],
    ['null', 'Expected a JSON object in firebase.json'],
    ['[]', 'Expected a JSON object in firebase.json'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} as firebase.json`, () => {
      expect(() => init(projectWith({ 'firebase.json': text }))).to.throw(message);
    });
  }

  it('replaces the rules and the version of an older Hangtag, and no setting', () => {
    const project = projectWith({ 'firebase.json': '{}', 'firestore.rules': PROJECT_RULES });
    init(project);
    const rules = readFileSync(join(project, 'firestore.rules'), 'utf8');
    write(project, 'firestore.rules', rules.replace('function hangtagIsMember', 'function hangtagOld'));
    write(project, 'hangtag/index.js', '// settings');

    const changed = init(project, { package: 'vendor/hangtag-functions-0.2.0.tgz' });

    expect(Object.keys(changed)).to.have.members(['firestore.rules', 'hangtag/package.json']);
    expect(changed['firestore.rules']).to.equal(rules);
    expect(JSON.parse(changed['hangtag/package.json'] ?? '').dependencies).to.include({
      '@hangtag/functions': 'file:hangtag-functions-0.2.0.tgz',
    });
  });

  it('keeps the tarball of a project if no other package is named', () => {
    const project = projectWith({ 'firebase.json': '{}' });
    const first = init(project, { package: 'vendor/hangtag-functions-0.1.0.tgz' });

    expect(first['hangtag/package.json'], 'control').to.contain('file:hangtag-functions-0.1.0.tgz');
    expect(init(project)).to.deep.equal({});
    expect(Object.keys(init(project, { package: '0.2.0' }))).to.deep.equal(['hangtag/package.json']);
  });

  it('refuses names that no bucket and no collection has, and a tarball that does not exist, before it changes a file', () => {
    const project = projectWith({ 'firebase.json': '{}' });
    const command = fromRoot('functions/dist/init/command.js');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [command, 'init', '--yes', ...args], { cwd: project, encoding: 'utf8' });

    const [bucket, tarball, labels] = [
      run('--bucket', 'My Shop'),
      run('--bucket', 'my-shop', '--package', 'gone.tgz'),
      run('--bucket', 'my-shop', '--image-labels', 'labels/of'),
    ];

    expect(bucket.stderr).to.contain('Expected --bucket to be the name of a bucket but received "My Shop"');
    expect(tarball.stderr).to.contain(
      'Expected --package to be a tarball that exists but received "gone.tgz"',
    );
    expect(labels.stderr).to.contain('Expected --image-labels to be the path of a collection');
    expect([bucket.status, tarball.status, labels.status]).to.deep.equal([2, 2, 2]);
    expect(readdirSync(project)).to.deep.equal(['firebase.json']);
  });

  it('writes the setting for the documents of the extension', () => {
    const changed = init(projectWith({ 'firebase.json': '{}' }), { imageLabels: 'imageLabels' });

    expect(changed['hangtag/index.js']).to.match(/"imageLabels": \{\s+"collection": "imageLabels"/);
  });

  it('gives its functions names that those of the project do not have', () => {
    const rules = addRules(PROJECT_RULES, SHIPPED.firestoreRules, 'firestore.rules');

    const declared = [...rules.matchAll(/function (\w+)\(/g)].map(([, name]) => name);
    expect(declared).to.include.members(['isMember', 'hangtagIsMember']);
    expect(new Set(declared).size).to.equal(declared.length);
  });

  for (const [what, files, message] of [
    ['a folder without firebase.json', {}, 'Expected firebase.json in this folder but found none'],
    [
      'a file that is not JSON',
      { 'firebase.json': '{' },
      'Expected JSON without comments in firebase.json but received',
    ],
    [
      'rules without the block of the database',
      { 'firebase.json': '{}', 'firestore.rules': 'service cloud.firestore {}' },
      'Expected a block "match /databases/{database}/documents {" in firestore.rules but found none',
    ],
    [
      'several databases',
      { 'firebase.json': '{"firestore": [{}, {}]}' },
      'Expected one object as firestore in firebase.json but received a list of 2',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const project = projectWith({ 'README.md': '', ...files });

      expect(() => init(project)).to.throw(message);
    });
  }
});

const PROJECT_RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function isMember(club) {
      return true;
    }
    match /orders/{order} {
      allow read: if isMember('chess');
    }
  }
}
`;
