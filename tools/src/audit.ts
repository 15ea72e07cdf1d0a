/**
 * What npm's two audits say, read from their JSON: known vulnerabilities of what the lock file names, and signatures of
 * what is installed. Not every registry answers them: then nothing is known, and that is said.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

/** Characters: a long list of findings is one too. */
const MAX_PRINTED = 64 * 1024 * 1024;

export type Verdict =
  | { readonly kind: 'passed'; readonly summary: string }
  | { readonly kind: 'failed'; readonly summary: string }
  | { readonly kind: 'unanswered'; readonly why: string };

export interface Audit {
  readonly args: readonly string[];
  /** @param json what npm printed */
  judge(json: string): Verdict;
}

export const AUDITS = {
  'npm audit': { args: ['audit'], judge: judgeVulnerabilities },
  'npm audit signatures': { args: ['audit', 'signatures'], judge: judgeSignatures },
} as const satisfies Readonly<Record<string, Audit>>;

/** @param where the project, and the environment in which npm finds its registry */
export async function audit(
  { args, judge }: Audit,
  where: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Verdict> {
  // Without retries: a registry that has no such service would be asked for more than a minute.
  const command = [...args, '--json', '--fetch-retries=0'];
  // npm leaves with 1 where it finds something, and prints its report all the same.
  const printed = await promisify(execFile)('npm', command, { ...where, maxBuffer: MAX_PRINTED }).catch(
    (error: { stdout: string }) => error,
  );
  return judge(printed.stdout);
}

/** https://docs.npmjs.com/cli/commands/npm-audit: counts of vulnerable packages by severity. */
const vulnerabilityReport = z.object({
  auditReportVersion: z.number(),
  metadata: z.object({
    vulnerabilities: z.object({
      low: z.number(),
      moderate: z.number(),
      high: z.number(),
      critical: z.number(),
    }),
  }),
});

const signed = z.array(z.object({ name: z.string(), version: z.string() }));
const signatureReport = z.object({ invalid: signed, missing: signed });

const failure = z.object({
  statusCode: z.number().optional(),
  error: z.object({ code: z.string() }).partial().optional(),
});

/** Severe ones fail; the others are told. */
export function judgeVulnerabilities(json: string): Verdict {
  const report = vulnerabilityReport.safeParse(parsed(json));
  if (!report.success) return unanswered(json);
  const { low, moderate, high, critical } = report.data.metadata.vulnerabilities;
  const summary = `${critical} critical, ${high} high, ${moderate} moderate, ${low} low`;
  return { kind: critical + high > 0 ? 'failed' : 'passed', summary };
}

export function judgeSignatures(json: string): Verdict {
  const report = signatureReport.safeParse(parsed(json));
  if (!report.success) return unanswered(json);
  const { invalid, missing } = report.data;
  const bad = [...invalid, ...missing].map(({ name, version }) => `${name}@${version}`);
  const summary = `${invalid.length} invalid, ${missing.length} missing`;
  return bad.length > 0
    ? { kind: 'failed', summary: `${summary}: ${bad.join(', ')}` }
    : { kind: 'passed', summary };
}

function unanswered(json: string): Verdict {
  const { statusCode, error } = failure.safeParse(parsed(json)).data ?? {};
  return { kind: 'unanswered', why: String(statusCode ?? error?.code ?? 'no report') };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
