/** The table of roles in SECURITY.md, made from the function table. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '@hangtag/shared/config.js';
import type { FunctionEntry, Role } from './function-entry.js';

const HEAD = ['| function | role | on | why |', '|---|---|---|---|'];

const PLACES = {
  database: 'the database',
  'image-bucket': 'the image bucket',
  'report-bucket': 'the report bucket',
  'model-bucket': 'the bucket of models',
  'alert-secrets': 'the secrets of the alert channels',
  'opinion-secrets': 'the secret `HANGTAG_SECOND_OPINION_KEY`',
  'signing-secrets': 'the secret `HANGTAG_SIGNING_KEY`',
  'wardrobe-secrets':
    'the secrets `HANGTAG_GOOGLE_CLIENT_SECRET`, `HANGTAG_TOKEN_KEY` and `HANGTAG_OUTFIT_RANKING_KEY`',
  'wardrobe-database': 'the Cloud SQL instance of the wardrobe',
  'own-account': 'its own account',
  project: 'the project',
} as const;

/** Functions with the same roles share their lines. */
export function rolesTable(functions: readonly FunctionEntry[], config: Config): string {
  const groups: FunctionEntry[][] = [];
  for (const entry of functions) {
    const group = groups.find(([first]) => isDeepStrictEqual(first?.roles, entry.roles));
    if (group) group.push(entry);
    else groups.push([entry]);
  }
  return [...HEAD, ...groups.flatMap((group) => linesOf(group, config))].join('\n');
}

function linesOf(group: readonly FunctionEntry[], config: Config): readonly string[] {
  const [first] = group;
  const names = group.map(({ name }) => `\`${name}\``).join(', ');
  const condition = first?.onlyWith ? `, only if \`${first.onlyWith}\` is set` : '';
  return (first?.roles ?? []).map(({ role, on, why }, index) => {
    const subject = index === 0 ? ` ${names}${condition} ` : ' ';
    return `|${subject}| \`${role}\` | ${placeOf(on, config)} | ${why} |`;
  });
}

function placeOf(on: Role['on'], config: Config): string {
  if (typeof on === 'string') return PLACES[on];
  const topics = on.topics.map((key) => `\`${config[key]}\``);
  return `${topics.length > 1 ? 'topics' : 'topic'} ${topics.join(', ')}`;
}
