import { runCommand } from '@hangtag/emulators/command-line.js';
import { withDefault } from '@hangtag/emulators/command-options.js';
import { DEFAULT_TENANT, parseTenantId } from '@hangtag/shared/domain/identity.js';
import { findSuspectImages } from './learn/suspect-images.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run suspects',
  what: `Finds the images whose label is likely wrong, and makes a queue of them for the review on the page. The tenant needs the
feature "similar". See docs/similar.md.`,
  options: { tenant: withDefault(TENANT, DEFAULT_TENANT), ...TARGET_OPTIONS },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  await using app = await openTarget(options);
  const [{ openFirestore }, { FirestoreSuspectList }] = await Promise.all([
    import('@hangtag/shared/adapters/firestore/client.js'),
    import('@hangtag/shared/adapters/firestore/suspect-list.js'),
  ]);
  const { catalog } = await app.images();
  const list = new FirestoreSuspectList(await openFirestore());
  const { compared, leftOut, suspects } = await findSuspectImages(parseTenantId(options.tenant), {
    catalog,
    list,
  });
  console.log(
    `${suspects.length} of ${compared} images probably have a wrong label. Review them on the page: #review?queue=suspects`,
  );
  if (leftOut > 0)
    console.log(
      `${leftOut} images were not compared: they have no vector (feature "similar"), another backbone, or a label of fewer than 20 images.`,
    );
  return undefined;
});
