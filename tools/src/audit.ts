/**
 * Reads the JSON of npm's two audits: known vulnerabilities of the packages in the lock file, and signatures of the installed
 * packages. Some registries support neither: then the result is unknown, and a line says so.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

/** Maximum length of npm's output in bytes; a long list of findings must fit. */
const MAX_PRINTED = 64 * 1024 * 1024;

export type Verdict =
  | { readonly kind: 'passed'; readonly summary: string }
  | { readonly kind: 'failed'; readonly summary: string }
  | { readonly kind: 'unanswered'; readonly why: string };

export interface Audit {
  readonly args: readonly string[];
  /** @param json the output of npm */
  judge(json: string): Verdict;
}

export const AUDITS = {
  'npm audit': { args: ['audit'], judge: judgeVulnerabilities },
  'npm audit signatures': { args: ['audit', 'signatures'], judge: judgeSignatures },
} as const satisfies Readonly<Record<string, Audit>>;

/** @param options the folder of the project, and the environment with npm's registry */
export async function audit(
  { args, judge }: Audit,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Verdict> {
  // Without retries, because they take more than a minute if the registry does not have the service.
  const command = [...args, '--json', '--fetch-retries=0'];
  // npm exits with 1 if it finds something, and prints its report anyway.
  const printed = await promisify(execFile)('npm', command, { ...options, maxBuffer: MAX_PRINTED }).catch(
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

/** Severe vulnerabilities fail; others are only printed. */
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
