import { StoreUrlError } from '../errors.ts';
import { isLoopback } from '../url-options.ts';
import type { DynamoDbClientProps } from './sdk-calls.ts';

const EXAMPLE = 'dynamodb://my-table?region=us-east-1';
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;
/** A host label: it becomes part of the address that requests go to. */
const REGION = /^[a-z][a-z0-9-]{1,40}$/;

/** What a `dynamodb:` URL says. */
export interface DynamoDbUrl extends DynamoDbClientProps {
  readonly table: string;
}

/**
 * Reads `dynamodb://TABLE?region=REGION`. `endpoint`, the address of an emulator, must be on this machine: requests carry
 * signatures and values, and a URL from the environment must not be able to send them elsewhere.
 *
 * @throws {StoreUrlError} when anything in it is not understood: a misspelt option must not be ignored
 */
export function parseDynamoDbUrl(url: URL): DynamoDbUrl {
  const fail = (problem: string): never => {
    throw new StoreUrlError(problem, EXAMPLE);
  };
  const table = url.hostname;
  if (!TABLE_NAME.test(table)) fail('a dynamodb: URL must name a table: 3 to 255 letters, digits, "_", "." or "-"');
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '' || url.port !== '') {
    fail('a dynamodb: URL has no port, path or fragment: only the table and options');
  }
  if (url.username !== '' || url.password !== '') {
    fail('a dynamodb: URL must not contain credentials; the SDK finds them');
  }
  for (const name of url.searchParams.keys()) {
    if (name !== 'region' && name !== 'endpoint')
      fail(`a dynamodb: URL has the options region and endpoint, not "${name}"`);
  }
  const region = url.searchParams.get('region') ?? undefined;
  if (region !== undefined && !REGION.test(region)) fail(`"${region}" is not the name of a region`);
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !isOnThisMachine(endpoint)) {
    fail('the endpoint of a dynamodb: URL must be http or https on this machine; for others set AWS_ENDPOINT_URL');
  }
  return { table, region, endpoint };
}

function isOnThisMachine(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && isLoopback(hostname) && username === '' && password === '';
}
