/** What a deployment needs on this machine and in the project. All that is missing is named in one message. */
import { listed, UnavailableError } from '@hangtag/shared/errors.js';
import { ask } from './programs.js';
import { checkQuotas } from './quotas.js';

interface Need {
  readonly what: string;
  /** A sentence without its full stop. */
  readonly todo: string;
  isMet(): Promise<boolean>;
  /** Without these it cannot be known whether it is met. */
  readonly after?: readonly Need[];
}

export interface Purpose {
  readonly project: string;
  readonly region: string;
  /** Whether services are made, for which quotas must be large enough. */
  readonly deploys: boolean;
  /** Whether the image is built here. */
  readonly builds: boolean;
}

/** @throws {UnavailableError} something is missing */
export async function checkNeeds(purpose: Purpose): Promise<void> {
  const needs = needsOf(purpose);
  const { project, region } = purpose;
  const [met, quotas] = await Promise.all([
    Promise.all(needs.map((need) => need.isMet())),
    purpose.deploys ? checkQuotas(project, region) : { tooSmall: [], unread: [] },
  ]);
  const unmet = needs.filter((_, index) => !met[index]);
  const missing = unmet.filter(({ after = [] }) => !after.some((need) => unmet.includes(need)));
  const lines = [...missing.map(({ what, todo }) => `${what}. ${todo}`), ...quotas.tooSmall];
  if (lines.length > 0)
    throw new UnavailableError(listed(`Expected for a deployment to ${project} but found missing:`, lines));
  if (quotas.unread.length > 0)
    console.error(
      `Not checked: the quotas ${quotas.unread.join(', ')} of Cloud Run in ${region}. Type: gcloud services enable cloudquotas.googleapis.com --project=${project}`,
    );
}

function needsOf({ project, builds }: Purpose): readonly Need[] {
  const succeeds =
    (program: string, ...args: string[]) =>
    async () =>
      (await ask(program, ...args)).status === 0;
  const answers =
    (expected: RegExp, program: string, ...args: string[]) =>
    async () => {
      const { status, out } = await ask(program, ...args);
      return status === 0 && expected.test(out);
    };
  const gcloud: Need = {
    what: "Google Cloud's command line",
    todo: 'Install it: https://cloud.google.com/sdk/docs/install',
    isMet: succeeds('gcloud', 'version'),
  };
  const account: Need = {
    what: 'an account for gcloud',
    todo: 'Type: gcloud auth login',
    isMet: answers(/@/, 'gcloud', 'auth', 'list', '--filter=status:ACTIVE', '--format=value(account)'),
  };
  const needs: readonly Need[] = [
    {
      what: 'Terraform 1.6 or newer',
      todo: 'Install it: https://developer.hashicorp.com/terraform/install',
      isMet: answers(/"terraform_version": *"(1\.([6-9]|\d\d)|[2-9])/, 'terraform', 'version', '-json'),
    },
    gcloud,
    account,
    {
      what: 'credentials for programs',
      todo: 'Type: gcloud auth application-default login',
      isMet: succeeds('gcloud', 'auth', 'application-default', 'print-access-token'),
    },
    {
      what: `the project ${project} with billing, which this account can see`,
      todo: `Type: gcloud projects list; gcloud billing projects link ${project} --billing-account ACCOUNT`,
      isMet: answers(
        /^true$/i,
        'gcloud',
        'billing',
        'projects',
        'describe',
        project,
        '--format=value(billingEnabled)',
      ),
      after: [gcloud, account],
    },
    {
      what: "Firebase's command line",
      todo: 'Type: npm install --global firebase-tools',
      isMet: succeeds('firebase', '--version'),
    },
  ];
  const docker = {
    what: 'Docker that runs',
    todo: 'Start it, install it (https://docs.docker.com/get-docker), or name an image that exists: --image NAME@sha256:...',
    isMet: succeeds('docker', 'info'),
  };
  return builds ? [...needs, docker] : needs;
}
