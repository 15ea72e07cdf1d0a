/**
 * Reads the schema of one resource from the code that cdktf generated for it: npm's packages `@cdktf/provider-*` hold a class for
 * each resource of a provider, with the names and types of its arguments.
 *
 * This code does not say which optional arguments the provider computes if they are missing: all of the first level are taken to
 * be computed. It does not limit values either: any string is accepted as a region.
 */
import type { Attribute, Block, NestedBlock, TerraformType } from './provider-schema.js';

/** index.js and index.d.ts of a resource. */
export interface Bindings {
  readonly script: string;
  readonly types: string;
}

/** @param base the class of cdktf that the resource extends */
export function readBindings(
  bindings: Bindings,
  base: 'TerraformResource' | 'TerraformDataSource' | 'TerraformProvider',
): Block {
  const className = new RegExp(`class (\\w+) extends cdktf\\.${base}`).exec(bindings.script)?.[1];
  if (className === undefined) throw new Error(`Expected a class that extends ${base} but found none`);
  const members = section(bindings.script, `class ${className} extends`, '\nexports.');
  const entries = section(members, 'synthesizeHclAttributes() {', '\n    }\n');
  const block = blockOf(bindings, { entries, members, interfaceName: `${className}Config` });
  return base === 'TerraformProvider' ? block : { ...block, attributes: withComputed(block.attributes) };
}

/** Where one block is described: the entries of its arguments, the getters of its class, the interface of its arguments. */
interface BlockText {
  readonly entries: string;
  readonly members: string;
  readonly interfaceName: string;
}

const ENTRY =
  /^\s+(\w+): \{\n\s+value: (.*),\n\s+isBlock: (\w+),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",/gm;
const STRUCT = /\b(?!cdktf)(\w+)ToHclTerraform\b/;
const GETTER = /this\.get(\w+)Attribute\('(\w+)'\)/g;
const COMPUTED =
  /^\s+\/\/ (\w+) - computed: true, optional: false.*\n\s+this\._\w+ = new (?:cdktf\.)?(\w+)\(/gm;
const GETTER_TYPES: Readonly<Record<string, TerraformType>> = {
  String: 'string',
  Number: 'number',
  Boolean: 'bool',
  List: ['list', 'string'],
  StringMap: ['map', 'string'],
};

function blockOf(bindings: Bindings, { entries, members, interfaceName }: BlockText): Block {
  const attributes: Record<string, Attribute> = {};
  const block_types: Record<string, NestedBlock> = {};
  const isRequired = requiredBy(bindings.types, interfaceName);
  for (const [, name = '', value = '', isBlock, type = '', storage = ''] of entries.matchAll(ENTRY)) {
    const struct = structOf(value);
    if (struct === undefined) attributes[name] = attribute(typeOf(type, storage), isRequired(name));
    else if (isBlock === 'true')
      block_types[name] = nested({
        block: structBlock(bindings, struct),
        type,
        value,
        isRequired: isRequired(name),
      });
    else
      attributes[name] = attribute(
        [type === 'set' ? 'set' : 'list', objectType(structBlock(bindings, struct))],
        isRequired(name),
      );
  }
  const computed = computedIn(bindings, members);
  for (const [name, type] of computed)
    if (!(name in attributes) && !(name in block_types)) attributes[name] = { type, computed: true };
  return { attributes, block_types };
}

/** The attributes that only the provider sets, by the getters of a class. */
function computedIn(bindings: Bindings, members: string): readonly (readonly [string, TerraformType])[] {
  const simple = [...members.matchAll(GETTER)].map(
    ([, kind = '', name = '']) => [name, GETTER_TYPES[kind] ?? 'string'] as const,
  );
  const complex = [...members.matchAll(COMPUTED)].map(
    ([, name = '', list = '']) => [name, computedType(bindings, list)] as const,
  );
  return [...simple, ...complex];
}

/** @param list the class of the attribute, for example "PubsubTopicStateList" */
function computedType(bindings: Bindings, list: string): TerraformType {
  const reference = `class ${list.replace(/List$/, '')}OutputReference extends`;
  if (!bindings.script.includes(reference)) return ['map', 'string'];
  const members = computedIn(bindings, section(bindings.script, reference, '\nexports.'));
  return ['list', ['object', Object.fromEntries(members)]];
}

function structBlock(bindings: Bindings, struct: string): Block {
  const interfaceName = struct.charAt(0).toUpperCase() + struct.slice(1);
  const entries = section(bindings.script, `function ${struct}ToHclTerraform(struct) {`, '\n}\n');
  const reference = `class ${interfaceName}OutputReference extends`;
  const members = bindings.script.includes(reference)
    ? section(bindings.script, reference, '\nexports.')
    : '';
  return blockOf(bindings, { entries, members, interfaceName });
}

/** @returns undefined if the value has one of cdktf's simple types */
function structOf(value: string): string | undefined {
  return STRUCT.exec(value.replaceAll(/cdktf\.\w+ToHclTerraform/g, ''))?.[1];
}

function nested({
  block,
  type,
  value,
  isRequired,
}: {
  block: Block;
  type: string;
  value: string;
  isRequired: boolean;
}): NestedBlock {
  const isList = value.includes('listMapper');
  return {
    nesting_mode: type === 'struct' ? 'single' : type === 'set' && isList ? 'set' : 'list',
    ...(isRequired && type !== 'struct' && { min_items: 1 }),
    ...(!isList && type !== 'struct' && { max_items: 1 }),
    block,
  };
}

/** @param type for example "simple" with the storage "string", or "map" with "stringMap" */
function typeOf(type: string, storage: string): TerraformType {
  const element = /^(bool|number|any)/.exec(storage)?.[1]?.replace('any', 'dynamic') ?? 'string';
  return type === 'list' || type === 'set' || type === 'map' ? [type, element] : element;
}

function objectType({ attributes }: Block): TerraformType {
  return ['object', Object.fromEntries(Object.entries(attributes).map(([name, { type }]) => [name, type]))];
}

function attribute(type: TerraformType, isRequired: boolean): Attribute {
  return isRequired ? { type, required: true } : { type, optional: true };
}

function withComputed(attributes: Readonly<Record<string, Attribute>>): Readonly<Record<string, Attribute>> {
  const computed = (each: Attribute): Attribute => (each.required ? each : { ...each, computed: true });
  return Object.fromEntries(Object.entries(attributes).map(([name, each]) => [name, computed(each)]));
}

function requiredBy(types: string, interfaceName: string): (name: string) => boolean {
  const body = section(types, `export interface ${interfaceName} `, '\n}\n');
  return (name) => new RegExp(`readonly ${camelCase(name)}:`).test(body);
}

function section(text: string, from: string, to: string): string {
  const start = text.indexOf(from);
  if (start < 0) throw new Error(`Expected "${from}" in the generated code but found no such line`);
  return text.slice(start, text.indexOf(to, start));
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
