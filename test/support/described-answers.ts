/** Compares answers of the API with openapi.json. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fromRoot } from '../fixtures/paths.js';

interface Answer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, Answer>>;
}

const TEXT = readFileSync(fromRoot('openapi.json'), 'utf8');
const DOCUMENT: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Answer>> };
} = JSON.parse(TEXT);
/** Fixed segments of a path count before parameters. */
const PATHS = Object.keys(DOCUMENT.paths).toSorted(
  (a, b) => a.split('{').length - b.split('{').length || (a < b ? -1 : 1),
);
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(JSON.parse(TEXT), 'openapi.json');
const validators = new Map<string, ValidateFunction>();

/** @throws Error if the operation has no such answer; a path or method without an operation has any answer */
export async function assertDescribed(method: string, url: string, response: Response): Promise<void> {
  const [path = ''] = url.split('?');
  const template = PATHS.find((each) => patternOf(each).test(path));
  const operation = template === undefined ? undefined : DOCUMENT.paths[template]?.[method.toLowerCase()];
  if (template === undefined || operation === undefined) return;
  const at = `${method} ${template} ${response.status}`;
  const answer = operation.responses[response.status];
  if (answer === undefined) throw new Error(`Expected one of openapi.json but received ${at}`);
  const { content = {} } = answer.$ref === undefined ? answer : sharedAnswer(answer.$ref);
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const described = content[type];
  if (type === '' && Object.keys(content).length === 0) return;
  if (described === undefined)
    throw new Error(
      `Expected ${Object.keys(content).join(' or ') || 'no body'} for ${at} but received "${type}"`,
    );
  if (described.schema === undefined || !/^application\/(\w+\+)?json$/.test(type)) return;
  const text = await response.clone().text();
  const validate = validatorOf(described.schema);
  if (!validate(JSON.parse(text)))
    throw new Error(
      `Expected the schema of ${at} but ${ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`,
    );
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function sharedAnswer(ref: string): Answer {
  return DOCUMENT.components.responses[ref.split('/').at(-1) ?? ''] ?? {};
}

function validatorOf(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const made = validators.get(text) ?? ajv.compile(JSON.parse(text.replaceAll('"#/', '"openapi.json#/')));
  validators.set(text, made);
  return made;
}
