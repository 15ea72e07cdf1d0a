/** What `npx hangtag init` says of its changes: effects on a project that a diff does not show. */
import { wideRules } from './add-rules.js';
import { type FileChange, type InitOptions, SETTINGS } from './plan-changes.js';

const DEFAULT_BUCKET = /\.(?:appspot\.com|firebasestorage\.app)$/;

/** @param bucket that of the images */
export function warningsAbout(changes: readonly FileChange[], bucket: string): readonly string[] {
  return changes.flatMap((change) => {
    if (change.path.endsWith('.rules')) return aboutRules(change);
    if (change.path === 'firebase.json') return aboutBucket(change, bucket);
    return change.after.includes('"fieldOverrides"') ? aboutIndexes(change) : [];
  });
}

/** Rules that were made in the console are not in the folder. */
function aboutRules({ path, before }: FileChange): readonly string[] {
  if (before === '')
    return [
      `${path} does not exist yet. A deployment replaces the rules that the project has now. If it has some, stop here and type: npx firebase-tools init`,
    ];
  return wideRules(before).map(
    (rule) =>
      `"${rule}" in ${path} also gives access to what Hangtag stores: access is allowed if one rule allows it. Name your own collections or folders there`,
  );
}

/** firebase-tools deploys the rules of a single object to the default bucket of the project, whatever it names. */
function aboutBucket({ path, after }: FileChange, bucket: string): readonly string[] {
  if (DEFAULT_BUCKET.test(bucket) || Array.isArray(JSON.parse(after).storage)) return [];
  return [
    `the rules under storage in ${path} are deployed to the default bucket of the project. If ${bucket} is another one, make storage a list: https://firebase.google.com/docs/cli/targets`,
  ];
}

interface Override {
  readonly collectionGroup: string;
  readonly ttl?: boolean;
}

/** They are for every collection of a name, wherever it is. */
function aboutIndexes({ path, before, after }: FileChange): readonly string[] {
  if (before.includes('"expireAt"')) return [];
  const overrides: readonly Override[] = JSON.parse(after).fieldOverrides;
  const names = (ttl: boolean) => [
    ...new Set(overrides.filter((each) => (each.ttl ?? false) === ttl).map((each) => each.collectionGroup)),
  ];
  return [
    `${path} also changes your own collections, if their names are those of Hangtag's: in ${names(false).join(', ')}, fields lose their automatic index; in ${names(true).join(', ')}, documents are deleted at the time in their field expireAt. If you query such a field, write its indexes into its entry, which stays when init runs again`,
  ];
}

/** @param settings the text of their file, if a former run wrote it */
export function warningsAboutSettings(
  settings: string | undefined,
  { bucket, region, imageLabels }: InitOptions,
): readonly string[] {
  if (settings === undefined) return [];
  return [bucket, region, imageLabels].flatMap((value) =>
    value === undefined || settings.includes(value)
      ? []
      : [`${SETTINGS} keeps its settings, and ${value} is not among them. Change it there`],
  );
}
