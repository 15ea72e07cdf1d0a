/** `npm start -- --enforce-indexes`: Firestore's clients reach the emulator through a proxy that refuses as production does. */
import { describeIndex, IndexCheck } from '../indexes/index-check.js';
import { readIndexFile } from '../indexes/index-file.js';
import { startIndexProxy } from '../indexes/index-proxy.js';
import { INDEX_FILE, SHARDED_INDEX_FILE } from '../indexes/write-sharded-indexes.js';
import type { Running } from './running.js';
import type { StackPlan } from './stack-plan.js';

export async function enforceIndexes(plan: StackPlan, running: Running): Promise<void> {
  const { request, ports, hidden, config } = plan;
  const { say } = request;
  const check = new IndexCheck(
    await readIndexFile(config.HANGTAG_INDEX_SHARDS > 1 ? SHARDED_INDEX_FILE : INDEX_FILE),
  );
  const proxy = startIndexProxy({
    target: hidden.firestore,
    port: ports.firestore,
    check,
    onRefused: (refusal) => say(`Firestore refused a query. ${refusal}`),
  });
  await running.add(proxy, async ({ close }) => {
    await close();
    for (const index of check.unused) say(`No query of this run used the index ${describeIndex(index)}`);
  });
}
