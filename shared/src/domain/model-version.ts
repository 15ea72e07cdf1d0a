/** Versions of models, as the model store, tenants and rollouts name them. */

export interface ModelVersion {
  readonly id: string;
  readonly version: string;
}

/** Exactly one content: a version that was replaced in place has another digest. */
export interface ModelPin extends ModelVersion {
  /** Hexadecimal SHA-256 of its manifest.json, which has the digests of all other files. */
  readonly digest: string;
}

/** A model that runs beside the active one on a share of the images, 0 to 1. Its answers are recorded and not used. */
export interface ShadowPin extends ModelPin {
  readonly share: number;
}

/** The models of a tenant. Without an active one, the model of the installation labels. */
export interface TenantModels {
  readonly active: ModelPin | null;
  /** The active one before the last promotion. */
  readonly previous: ModelPin | null;
  readonly shadow: ShadowPin | null;
}

export const NO_MODELS: TenantModels = { active: null, previous: null, shadow: null };

const ID = /^[a-z0-9][a-z0-9.-]{0,99}$/;
/** A name of a folder. `.partial` is the ending of folders that are being written. */
const VERSION = /^(?!.*\.partial$)[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

/** Whether a model can be stored under its names: they become names of folders. */
export function isModelVersion({ id, version }: ModelVersion): boolean {
  return ID.test(id) && VERSION.test(version);
}

/** `id@version` */
export function nameOfVersion({ id, version }: ModelVersion): string {
  return `${id}@${version}`;
}

/** @returns undefined if the text is not `id@version` */
export function parseModelVersion(text: string): ModelVersion | undefined {
  const [id = '', version = '', ...others] = text.split('@');
  return others.length === 0 && isModelVersion({ id, version }) ? { id, version } : undefined;
}

export function isSameVersion(a: ModelVersion | null, b: ModelVersion | null): boolean {
  return a?.id === b?.id && a?.version === b?.version;
}
