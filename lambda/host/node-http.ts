/**
 * `node:http` without its price. Importing it as an ES module makes Node evaluate every export, among them the lazy ones
 * (`WebSocket`, `MessageEvent`, …) that load undici: 25 ms of a cold start. The bundler puts this file in the place of
 * `http` and `node:http`.
 */
const http = process.getBuiltinModule('node:http');

export default http;
export const {
  Agent,
  ClientRequest,
  IncomingMessage,
  METHODS,
  OutgoingMessage,
  STATUS_CODES,
  Server,
  ServerResponse,
  createServer,
  get,
  globalAgent,
  maxHeaderSize,
  request,
  setMaxIdleHTTPParsers,
  validateHeaderName,
  validateHeaderValue,
} = http;
