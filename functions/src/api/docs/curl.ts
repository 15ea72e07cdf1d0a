/** A call of an operation with curl. */
import type { NamedOperation, Operation } from './operations.js';
import { exampleOf, requiredExampleOf, type Schemas } from './schema.js';

const PICTURE = '@photo.jpg';

/** `HANGTAG_URL` and `HANGTAG_KEY` stand for the address and the API key. */
export function curlOf({ method, path, operation }: NamedOperation, schemas: Schemas): string {
  const isDefault = method === 'GET' || (method === 'POST' && hasBody(operation));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => exampleOfParameter(operation, name));
  return [
    `curl ${isDefault ? '' : `-X ${method} `}"$HANGTAG_URL${filled}"`,
    ...(operation.security?.length ? ['-H "Authorization: Bearer $HANGTAG_KEY"'] : []),
    ...bodyOf(operation, schemas),
  ].join(' \\\n  ');
}

function hasBody({ requestBody }: Operation): boolean {
  return requestBody !== undefined && 'content' in requestBody;
}

function bodyOf({ requestBody }: Operation, schemas: Schemas): readonly string[] {
  if (requestBody === undefined || !('content' in requestBody)) return [];
  const { 'multipart/form-data': form, 'application/json': json } = requestBody.content;
  if (form?.schema !== undefined && 'properties' in form.schema) {
    return Object.keys(form.schema.properties ?? {}).map((name) => `-F ${name}=${PICTURE}`);
  }
  if (json?.schema === undefined) return [];
  const body = JSON.stringify(requiredExampleOf(json.schema, schemas), null, 2);
  return ['-H "Content-Type: application/json"', `-d '${body}'`];
}

function exampleOfParameter({ parameters = [] }: Operation, name: string): string {
  const parameter = parameters.find((each) => 'name' in each && each.name === name);
  const schema = parameter !== undefined && 'schema' in parameter ? parameter.schema : undefined;
  return encodeURIComponent(String(schema === undefined ? name : exampleOf(schema, {})));
}
