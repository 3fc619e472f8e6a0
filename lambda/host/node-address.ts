/** Where the Node host listens. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
  /** The host as people can call it from this machine, in the form of a URL. */
  readonly urlHost: string;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 3000;

/**
 * Address from options, `HOST` and `PORT`. Without any, only this machine can call.
 *
 * @throws {Error} when the port is none
 */
export function nodeAddress(
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly host?: string; readonly port?: number } = {},
): NodeAddress {
  const host = options.host ?? (env.HOST || DEFAULT_HOST);
  const port = options.port ?? parsePort(env.PORT);
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host;
  return { host, port, urlHost: name.includes(':') ? `[${name}]` : name };
}

function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new Error(`PORT is ${JSON.stringify(text)}: set a number from 0 to 65535, as PORT=3000`);
  }
  return Number(text);
}
