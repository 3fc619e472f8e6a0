import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

import type { ActionState } from './network.ts';

/** A request that a load balancer has answered itself, as nobody else did. */
export interface Failure {
  readonly code: 502 | 503 | 504;
  readonly reason: string;
  readonly request: string;
}

const SERVER = 'awselb/2.0';

/** The page of an error of the load balancer's own. */
export function answerGateway(code: number, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const title = `${code} ${code === 503 ? 'Service Temporarily Unavailable' : (STATUS_CODES[code] ?? '')}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  outgoing.writeHead(code, { server: SERVER, 'content-type': 'text/html', 'content-length': body.length }).end(body);
  incoming.resume();
}

/** Actions that need no target: a fixed response or a redirect. */
export function answerItself(action: ActionState, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { FixedResponseConfig: fixed, RedirectConfig: redirect } = action;
  if (fixed) {
    const headers = { server: SERVER, ...(fixed.ContentType !== undefined && { 'content-type': fixed.ContentType }) };
    outgoing.writeHead(Number(fixed.StatusCode), headers).end(fixed.MessageBody ?? '');
    incoming.resume();
  } else if (redirect) {
    const [host = '', port = '80'] = (incoming.headers.host ?? '').split(':');
    const [path = '/', query = ''] = (incoming.url ?? '/').split('?');
    const fill = (text: string): string =>
      text
        .replace('#{protocol}', 'http')
        .replace('#{host}', host)
        .replace('#{port}', port)
        .replace('#{path}', path.slice(1))
        .replace('#{query}', query);
    const {
      Protocol = '#{protocol}',
      Host = '#{host}',
      Port = '#{port}',
      Path = '/#{path}',
      Query = '#{query}',
    } = redirect;
    const search = fill(Query);
    const location = `${fill(Protocol).toLowerCase()}://${fill(Host)}:${fill(Port)}${fill(Path)}${search ? `?${search}` : ''}`;
    outgoing.writeHead(redirect.StatusCode === 'HTTP_302' ? 302 : 301, { server: SERVER, location }).end();
    incoming.resume();
  } else {
    throw new Error(
      `the action "${action.Type}" of a listener is not played here: forward, fixed-response and redirect are`,
    );
  }
}
