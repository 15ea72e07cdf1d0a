/** Schemas of a provider, in the form of `terraform providers schema -json`: what each resource and data source accepts. */

/** A Terraform type as JSON: "string", ["list", "string"], ["object", {...}]. */
export type TerraformType =
  | string
  | readonly ['list' | 'set' | 'map', TerraformType]
  | readonly ['object', Readonly<Record<string, TerraformType>>];

export interface Attribute {
  readonly type: TerraformType;
  readonly required?: true;
  readonly optional?: true;
  readonly computed?: true;
}

export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly block_types: Readonly<Record<string, NestedBlock>>;
}

export interface NestedBlock {
  readonly nesting_mode: 'single' | 'list' | 'set';
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: Block;
}

export interface ProviderSchema {
  readonly provider: Block;
  readonly resource_schemas: Readonly<Record<string, Block>>;
  readonly data_source_schemas: Readonly<Record<string, Block>>;
}

/** By the name of the provider, for example "google-beta". */
export type ProviderSchemas = Readonly<Record<string, ProviderSchema>>;
