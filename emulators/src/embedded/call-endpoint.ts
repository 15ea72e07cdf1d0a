/** HTTP endpoints for the schedules and requests of the embedded stack, with the same answers as the functions host. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import type { App } from '@hangtag/functions/app/app.js';
import {
  isRequest,
  type RequestEntry,
  type ScheduleEntry,
} from '@hangtag/functions/platform/function-entry.js';
import { runRequest, runSchedule } from '@hangtag/functions/platform/run-function.js';

export function callEndpoint(entry: ScheduleEntry | RequestEntry, app: App): RequestListener {
  return async (request, response) => {
    try {
      const { status, body } = await call(entry, request, app);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    } catch {
      // The function has logged the error.
      response.writeHead(500).end();
    }
  };
}

async function call(entry: ScheduleEntry | RequestEntry, request: IncomingMessage, app: App) {
  const { method = 'GET', headers } = request;
  if (isRequest(entry)) {
    const body = await json(request).catch(() => undefined);
    return runRequest(entry, { method, body }, { app });
  }
  const scheduleTime = String(headers['x-cloudscheduler-scheduletime'] ?? new Date().toISOString());
  await runSchedule(entry, { scheduleTime }, { app });
  return { status: 200, body: {} };
}
