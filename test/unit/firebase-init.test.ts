/** What `npx hangtag init` makes of the folder of a Firebase project. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addRules } from '@hangtag/functions/init/add-rules.js';
import { type InitOptions, planChanges, type Shipped } from '@hangtag/functions/init/plan-changes.js';
import { warningsAbout, warningsAboutSettings } from '@hangtag/functions/init/warnings.js';
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
        {
          source: 'hangtag',
          codebase: 'hangtag',
          runtime: 'nodejs24',
          ignore: ['node_modules', '.git', '*.local'],
        },
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

  it('refuses names that no bucket, region or collection has, and a tarball that does not exist, before it changes a file', () => {
    const project = projectWith({ 'firebase.json': '{}' });
    const command = fromRoot('functions/dist/init/command.js');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [command, 'init', '--yes', ...args], { cwd: project, encoding: 'utf8' });

    const [bucket, region, tarball, labels] = [
      run('--bucket', 'My Shop'),
      run('--bucket', 'my-shop', '--region', 'Europe'),
      run('--bucket', 'my-shop', '--package', 'gone.tgz'),
      run('--bucket', 'my-shop', '--image-labels', 'labels/of'),
    ];

    expect(bucket.stderr).to.contain('Expected --bucket to be the name of a bucket but received "My Shop"');
    expect(tarball.stderr).to.contain(
      'Expected --package to be a tarball that exists but received "gone.tgz"',
    );
    expect(labels.stderr).to.contain('Expected --image-labels to be the path of a collection');
    expect(region.stderr).to.contain(
      'Expected --region to be a region, as europe-west1, but received "Europe"',
    );
    expect([bucket, region, tarball, labels].map(({ status }) => status)).to.deep.equal([2, 2, 2, 2]);
    expect(readdirSync(project)).to.deep.equal(['firebase.json']);
  });

  it('adds the rules and indexes where a list names the database and the bucket, itself or as a target', () => {
    const project = projectWith({
      'firebase.json': JSON.stringify({
        firestore: [{ database: 'archive', rules: 'archive.rules' }, { database: '(default)' }],
        storage: [{ target: 'main', rules: 'main.rules' }, { target: 'pictures' }],
      }),
      '.firebaserc': JSON.stringify({
        targets: { shop: { storage: { main: ['shop'], pictures: [OPTIONS.bucket] } } },
      }),
    });

    const changed = init(project);

    expect(JSON.parse(changed['firebase.json'] ?? '')).to.deep.include({
      firestore: [
        { database: 'archive', rules: 'archive.rules' },
        { database: '(default)', rules: 'firestore.rules', indexes: 'firestore.indexes.json' },
      ],
      storage: [
        { target: 'main', rules: 'main.rules' },
        { target: 'pictures', rules: 'storage.rules' },
      ],
    });
    expect(Object.keys(changed)).to.include.members(['firestore.rules', 'storage.rules']);
    expect(Object.keys(changed)).not.to.include.members(['main.rules', 'archive.rules']);
    expect(init(project)).to.deep.equal({});
  });

  /** @returns the warnings of a first run */
  function warnings(files: Readonly<Record<string, string>>, bucket = OPTIONS.bucket): readonly string[] {
    const project = projectWith({ 'firebase.json': '{}', ...files });
    return warningsAbout(planChanges(project, { ...OPTIONS, bucket }, SHIPPED), bucket);
  }

  it("warns of the project's own rules that give access to what Hangtag stores", () => {
    const [firestore, storage] = ['firestore.rules', 'storage.rules'].map((path) => {
      const wide = path === 'storage.rules' ? STORAGE_RULES.replaceAll('\n', '\r\n') : OPEN_RULES;
      return warnings({ [path]: wide }).filter((warning) => warning.includes('gives access'));
    });

    expect(firestore).to.have.length(1);
    expect(firestore?.[0]).to.match(/^"match \/\{document=\*\*\}" in firestore\.rules also gives access/);
    expect(storage).to.have.length(1);
    expect(storage?.[0]).to.match(/^"match \/\{allPaths=\*\*\}" in storage\.rules also gives access/);
  });

  for (const [what, rules] of [
    ['allow nothing', 'match /{document=**} {\n      allow read, write: if false;\n    }'],
    ['are a comment', '// match /{document=**} { allow read; }'],
    ['are for a collection of its own', 'match /clubs/{club} {\n match /{all=**} {\n allow read;\n }\n }'],
  ] as const) {
    it(`does not warn of rules that ${what}`, () => {
      const text = OPEN_RULES.replace(/match \/\{document=[^}]*\} \{[^}]*\}/, rules);

      expect(text, 'control').to.include(rules);
      expect(warnings({ 'firestore.rules': text }).join()).not.to.include('gives access');
    });
  }

  it('warns of a bucket that may not be the one to which the rules are deployed', () => {
    const about = (bucket: string, storage: object) =>
      warnings({ 'firebase.json': JSON.stringify({ storage }) }, bucket).join();

    expect(about('my-images', {})).to.include('If my-images is another one, make storage a list');
    expect(about('my-images', [{ bucket: 'my-images' }])).not.to.include('make storage a list');
    expect(about('my-shop.appspot.com', {})).not.to.include('make storage a list');
  });

  it('warns that indexes and deletions are for every collection of a name', () => {
    const warning = warnings({}).find((each) => each.startsWith('firestore.indexes.json'));

    expect(warning).to.include('in images, reports, fields lose their automatic index');
    expect(warning).to.include('in images, requestWindows, claims, reports, documents are deleted');
    expect(warnings({ 'firestore.indexes.json': JSON.stringify(SHIPPED.indexes) }).join()).not.to.include(
      'automatic index',
    );
  });

  it('warns of options that have no effect, because the settings were written before', () => {
    const settings = 'exports.hangtag = hangtag({ "bucket": "my-shop.firebasestorage.app" });';

    expect(warningsAboutSettings(settings, { ...OPTIONS, region: undefined })).to.deep.equal([]);
    expect(warningsAboutSettings(settings, { ...OPTIONS, imageLabels: 'oldLabels' })).to.deep.equal([
      'hangtag/index.js keeps its settings, and europe-west1 is not among them. Change it there',
      'hangtag/index.js keeps its settings, and oldLabels is not among them. Change it there',
    ]);
    expect(warningsAboutSettings(undefined, OPTIONS)).to.deep.equal([]);
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
      'a project without the default database',
      { 'firebase.json': '{"firestore": {"database": "shop"}}' },
      'Expected an object for (default) as firestore in firebase.json but found none',
    ],
    [
      'a list of buckets without the one of the images',
      { 'firebase.json': '{"storage": [{"bucket": "shop"}, {"target": "pictures"}]}' },
      'Expected an object for my-shop.firebasestorage.app as storage in firebase.json but found none',
    ],
    ...['functions', 'firestore', 'storage'].map(
      (key) =>
        [
          `the name of a file as ${key}`,
          { 'firebase.json': `{"${key}": "more.json"}` },
          `Expected objects as ${key} in firebase.json but received "more.json"`,
        ] as const,
    ),
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

const OPEN_RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /{document=**} {
      allow read, write: if request.time < timestamp.date(2026, 12, 30);
    }
  }
}
`;

const STORAGE_RULES = `rules_version = '2';
service firebase.storage {
  match /b/{bucket}/o {
    match /{allPaths=**} {
      allow read, write: if request.auth != null;
    }
  }
}
`;
