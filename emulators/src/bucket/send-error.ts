import { type ApiError, errorBody, errorXml } from './api-error.js';
import { type Exchange, sendEmpty, sendJson } from './exchange.js';
import type { Api } from './request-path.js';

/** Answers with an error in the form of the API that was called, or breaks the connection where an answer has begun. */
export function sendError(exchange: Exchange, error: ApiError, api: Api['kind']): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) {
    // Too late for a status; a broken connection at least cannot be taken for a whole answer.
    response.destroy();
    return;
  }
  if (error.status === 304) {
    sendEmpty(exchange, 304);
    return;
  }
  if (api !== 'xml') {
    sendJson(exchange, error.status, errorBody(error));
    return;
  }
  const body = Buffer.from(errorXml(error));
  response.writeHead(error.status, {
    'content-type': 'application/xml; charset=UTF-8',
    'content-length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
