/** What an installation costs in a month, from the plan of Terraform: the parts that cost without any use, and each image. */
import { usdPerImage } from '@hangtag/shared/domain/cost.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';

/** The part of `terraform show -json PLAN` that is used. */
export interface Plan {
  readonly planned_values?: { readonly root_module?: Module };
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

interface Module {
  readonly resources?: readonly { readonly type: string }[];
  readonly child_modules?: readonly Module[];
}

/** US dollars a month for each resource of a type: list prices of November 2026 in us-central1, without free quotas. */
const STANDING: Readonly<Record<string, number>> = {
  google_cloud_scheduler_job: 0.1,
  google_secret_manager_secret_version: 0.06,
  google_compute_global_forwarding_rule: 0.025 * 730,
  google_compute_security_policy: 5 + 3,
  google_sql_database_instance: (0.0413 + 3.75 * 0.007) * 730 + 10 * 0.17,
};

const IMAGES = 100_000;

/** @returns one line for each part, and the sum */
export function describeCost({ planned_values: planned }: Plan): readonly string[] {
  const types = planned?.root_module ? typesIn(planned.root_module) : [];
  const standing = Object.entries(STANDING).flatMap(([type, usd]) => {
    const count = types.filter((each) => each === type).length;
    return count === 0 ? [] : [{ text: `${count} ${type}`, usd: count * usd }];
  });
  const images = { text: `${IMAGES.toLocaleString('en')} images`, usd: IMAGES * usdPerImage(PRICES) };
  const parts = [...standing, images];
  const sum = parts.reduce((total, { usd }) => total + usd, 0);
  return [
    ...parts.map(({ text, usd }) => `  ${usd.toFixed(2).padStart(9)}  ${text}`),
    `  ${sum.toFixed(2).padStart(9)}  US dollars a month, without traffic, storage and logs`,
  ];
}

/** Data that a plan would delete: such a plan is not applied. */
export function lostData({ resource_changes: changes = [] }: Plan): readonly string[] {
  const holdsData = /^google_(firestore_database|storage_bucket|sql_database_instance)$/;
  return changes
    .filter(({ type, change }) => holdsData.test(type) && change.actions.includes('delete'))
    .map(({ address }) => address);
}

function typesIn({ resources = [], child_modules = [] }: Module): readonly string[] {
  return [...resources.map(({ type }) => type), ...child_modules.flatMap(typesIn)];
}
