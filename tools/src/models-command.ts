import { runCommand } from '@hangtag/emulators/command-line.js';
import { decimal, flag, text, withDefault } from '@hangtag/emulators/command-options.js';
import { DEFAULT_TENANT, isTenantId } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { actionOf } from './models/actions.js';
import { requireSharedStore } from './models/shared-store.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run models',
  what: `Stores versions of models, tries them on a share of a tenant's images, promotes them and takes them back.
  add DIR                tests a model folder and stores it
  list                   lists the stored versions and the tenants that use them
  show                   shows the models of the tenant, and the figures of its trial
  trial ID@VERSION       labels a share of the images with this version too; its answers are only compared
  trial none             ends the trial
  promote [ID@VERSION]   labels with the version on trial, or with this one, if it is better
  rollback               labels with the former version again
  history                lists what was changed, when, by whom and why
  at TIME                names the version that labelled at this time, as 2026-11-20T10:00Z
  remove ID@VERSION      removes a version that no tenant uses
See docs/models.md.`,
  options: {
    tenant: withDefault(TENANT, DEFAULT_TENANT),
    share: withDefault(decimal('P', 'trial: share of the images, 0 to 1 (0.1)', { min: 0, max: 1 }), 0.1),
    force: flag('promote: whatever the trial shows; the history keeps what spoke against it'),
    by: text('NAME', 'who changes it, for the history (your user name)'),
    json: flag('show, history: print JSON'),
    ...TARGET_OPTIONS,
  },
  words: { value: 'an action', min: 1, max: 2 },
} as const;

await runCommand(COMMAND, async ({ options, words }) => {
  const { tenant } = options;
  if (!isTenantId(tenant)) throw new UsageError(`Expected a tenant id but received "${tenant}"`);
  const act = actionOf(words, { ...options, tenant });
  requireSharedStore(options.project);
  await using app = await openTarget(options);
  return act(await app.rollouts());
});
