/** The report on request by HTTP. An error of the caller is answered with 400; every other error is thrown. */
import { InputError } from '@hangtag/shared/errors.js';
import { assertHasRecords, reportCommand } from './command.js';
import { type ReportPorts, report } from './handler.js';

export interface Answer {
  readonly status: 200 | 400 | 405;
  readonly body: object;
}

export async function answerReport(
  { method, body }: { readonly method: string; readonly body: unknown },
  ports: ReportPorts,
): Promise<Answer> {
  // A report writes files: a link or a crawler must not start one.
  if (method !== 'POST') return { status: 405, body: { error: `Expected POST but received ${method}` } };
  try {
    const parameters = body === '' || body === undefined ? {} : body;
    const command = reportCommand(parameters, ports);
    await assertHasRecords(command, ports.records);
    return { status: 200, body: await report(command, ports) };
  } catch (error) {
    if (error instanceof InputError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}
