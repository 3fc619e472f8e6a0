import type { BackendName } from './backends.ts';
import { BACKENDS, titles } from './backends.ts';
import type { Choice } from './choose-backend.ts';
import { existingOf } from './existing.ts';
import { provisionable, provisioningCall } from './provisioned.ts';

/** What to do with a choice today. */
export interface Paste {
  /** A line of CDK for the properties of `McpServer`; undefined when the kit can provision nothing that suits. */
  readonly code?: string;
  /** What the line does not do. */
  readonly notes: readonly string[];
}

/** The line to paste, and honestly what it leaves to the user. Only what this version of the kit can do. */
export function pasteFor(choice: Choice): Paste {
  const { platform } = choice.workload;
  const exists = (name: BackendName) => choice.workload.existing.includes(name);
  const [first] = choice.ranking;
  if (!first) return { notes: ['nothing can serve this workload: change what the refusals name'] };
  if (platform === 'machine') return { notes: [machineNote(first.backend)] };
  const { best, better } = provisionable(choice);
  const notes = better.length > 0 ? [missingNote(better, best?.backend)] : [];
  if (!best) return { notes };
  const existing = exists(best.backend) ? existingOf(best.backend, choice.workload) : undefined;
  if (existing) return { code: `storage: ${existing.code},`, notes: [...notes, ...existing.notes] };
  return { code: `storage: ${provisioningCall(best.backend, choice.workload)},`, notes };
}

/** Says what suits better but is not provisioned, in one sentence. */
export function missingNote(better: readonly BackendName[], best?: BackendName): string {
  if (best === undefined) {
    return `this version of the kit provisions nothing that suits (${titles(better)} would): bring one, and the code that reaches it`;
  }
  const [verb, them] = better.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return (
    `${titles(better)} ${verb} ranked higher, but this version of the kit does not provision ${them}: ` +
    `${BACKENDS[best].title} is the best that it does`
  );
}

/** The constructs deploy to AWS: on a machine of one's own, a store is a URL in the environment. */
function machineNote(name: BackendName): string {
  const url = MACHINE_URLS[name];
  return url === undefined
    ? `this version of the kit has no adapter for ${BACKENDS[name].title}: you must bring the store yourself`
    : `on a machine of your own nothing is provisioned: set MCP_STORE_URL=${url.store}, and give the host the adapter ${url.adapter}`;
}

const MACHINE_URLS: Readonly<Partial<Record<BackendName, { readonly store: string; readonly adapter: string }>>> = {
  memory: { store: 'memory:', adapter: 'memoryAdapter' },
  disk: { store: 'file:///var/lib/mcp', adapter: 'diskAdapter' },
  redis: { store: 'redis://localhost:6379', adapter: 'redisAdapter' },
  valkey: { store: 'valkey://localhost:6379', adapter: 'redisAdapter' },
  memcached: { store: 'memcached://localhost:11211', adapter: 'memcachedAdapter' },
  dynamodb: { store: "'dynamodb://my-table?region=us-east-1'", adapter: 'dynamoDbAdapter' },
};
