/** The report on request by HTTP. An error of the caller is answered with 400; every other error is thrown. */
import { InputError } from '@hangtag/shared/errors.js';
import type { Answer, FunctionRequest } from '../platform/function-entry.js';
import { assertHasRecords, reportCommand } from './command.js';
import { type ReportPorts, report } from './handler.js';

export async function answerReport({ method, body }: FunctionRequest, ports: ReportPorts): Promise<Answer> {
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
