/**
 * A provider of Terraform that makes nothing: it speaks the plugin protocol with the schemas that it is given, and answers as if
 * every resource was made at once. So `terraform` itself validates, plans and applies a configuration without the real provider.
 */
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type {
  Block,
  NestedBlock,
  ProviderSchema,
  TerraformType,
} from '@hangtag/tools/terraform/provider-schema.js';
import { decode, ExtData, encode } from '@msgpack/msgpack';
import { fromRoot } from '../../fixtures/paths.js';

const PROTOCOL = fromRoot('test/support/terraform/plugin.proto');
/** https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md: an unknown value is extension 0. */
const UNKNOWN = new ExtData(0, new Uint8Array(1));

export interface StandInProvider {
  /** What `TF_REATTACH_PROVIDERS` says of this provider. */
  readonly reattach: object;
  stop(): void;
}

type State = Readonly<Record<string, unknown>> | ExtData | null;
interface DynamicValue {
  readonly msgpack: Uint8Array;
}

/** @param made gets the type of every resource that is made */
export async function startStandInProvider(schema: ProviderSchema, made: string[]): Promise<StandInProvider> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const { tfplugin6 } = loadPackageDefinition(
    loadSync(PROTOCOL, { longs: Number, defaults: true, keepCase: true }),
  ) as unknown as {
    tfplugin6: { Provider: ServiceClientConstructor };
  };
  server.addService(tfplugin6.Provider.service, answering(schema, made));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const reattach = {
    ...{ Protocol: 'grpc', ProtocolVersion: 6, Pid: process.pid, Test: true },
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return { reattach, stop: () => server.forceShutdown() };
}

function answering(schema: ProviderSchema, made: string[]): Record<string, UntypedHandleCall> {
  const { resource_schemas: resources, data_source_schemas: sources } = schema;
  let count = 0;
  const known = (type: TerraformType, name: string) => knownValue(type, `${name}-${++count}`);
  return unary({
    GetProviderSchema: () => ({
      provider: wireSchema(schema.provider),
      resource_schemas: mapped(resources, wireSchema),
      data_source_schemas: mapped(sources, wireSchema),
    }),
    ValidateProviderConfig: () => ({}),
    ValidateResourceConfig: () => ({}),
    ValidateDataResourceConfig: () => ({}),
    ConfigureProvider: () => ({}),
    StopProvider: () => ({}),
    UpgradeResourceState: ({ raw_state }) => ({ upgraded_state: { json: raw_state.json } }),
    ReadResource: ({ current_state }) => ({ new_state: current_state }),
    PlanResourceChange: ({ type_name, prior_state, proposed_new_state }) => {
      const isNew = read(prior_state) === null;
      const fill = () => UNKNOWN;
      const planned = isNew
        ? filled(read(proposed_new_state), blockNamed(resources, type_name), fill)
        : read(proposed_new_state);
      return { planned_state: written(planned) };
    },
    ApplyResourceChange: ({ type_name, prior_state, planned_state }) => {
      if (read(prior_state) === null) made.push(type_name);
      return { new_state: written(filled(read(planned_state), blockNamed(resources, type_name), known)) };
    },
    ReadDataSource: ({ type_name, config }) => ({
      state: written(filled(read(config), blockNamed(sources, type_name), knownValue)),
    }),
  });
}

interface Requests {
  readonly type_name: string;
  readonly raw_state: { readonly json: Uint8Array };
  readonly current_state: DynamicValue;
  readonly prior_state: DynamicValue;
  readonly proposed_new_state: DynamicValue;
  readonly planned_state: DynamicValue;
  readonly config: DynamicValue;
}

function unary(
  answers: Readonly<Record<string, (request: Requests) => object>>,
): Record<string, UntypedHandleCall> {
  return mapped(
    answers,
    (answer) => (call: { request: Requests }, callback: (error: Error | null, answer?: object) => void) => {
      try {
        callback(null, answer(call.request));
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)));
      }
    },
  ) as Record<string, UntypedHandleCall>;
}

/** Gives a value to each computed attribute that has none, in nested blocks too. */
function filled(state: State, block: Block, value: (type: TerraformType, name: string) => unknown): State {
  // A block whose number is not known yet is one unknown value.
  if (state === null || state instanceof ExtData) return state;
  const attributes = Object.entries(block.attributes).map(([name, { type, computed }]) => {
    const given = state[name];
    const isMissing = given === null || given instanceof ExtData;
    return [name, isMissing && computed ? value(type, name) : given];
  });
  const blocks = Object.entries(block.block_types).map(([name, nested]) => {
    const given = state[name] as State | readonly State[];
    return [
      name,
      Array.isArray(given)
        ? given.map((each: State) => filled(each, nested.block, value))
        : filled(given as State, nested.block, value),
    ];
  });
  return Object.fromEntries([...attributes, ...blocks]);
}

function knownValue(type: TerraformType, text: string): unknown {
  if (typeof type !== 'string') return type[0] === 'map' || type[0] === 'object' ? {} : [];
  if (type === 'dynamic') return null;
  return type === 'number' ? 1 : type === 'bool' ? false : text;
}

function blockNamed(blocks: Readonly<Record<string, Block>>, type: string): Block {
  const block = blocks[type];
  if (block === undefined) throw new Error(`Expected a schema of ${type} but found none`);
  return block;
}

function read({ msgpack }: DynamicValue): State {
  return decode(msgpack) as State;
}

function written(state: State) {
  return { msgpack: encode(state) };
}

function wireSchema(block: Block): object {
  return { version: 0, block: wireBlock(block) };
}

function wireBlock({ attributes, block_types }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, { type, ...presence }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...presence,
    })),
    block_types: Object.entries(block_types).map(
      ([type_name, { nesting_mode, block, ...limits }]: [string, NestedBlock]) => ({
        ...{ type_name, nesting: nesting_mode.toUpperCase(), block: wireBlock(block), ...limits },
      }),
    ),
  };
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
