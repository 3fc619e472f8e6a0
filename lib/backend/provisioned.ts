import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { Choice, RankedBackend } from './choose-backend.ts';

/** What this version of the kit provisions, and the call that does. Tests hold it against the constructs. */
export const PROVISIONED = {
  memory: 'McpStorage.memory()',
  redis: 'McpStorage.redis()',
  valkey: 'McpStorage.valkey()',
  dynamodb: 'McpStorage.dynamoDb()',
  memcached: 'McpStorage.memcached()',
} as const satisfies Partial<Record<BackendName, string>>;

/** A backend that this version provisions. */
export type ProvisionedName = keyof typeof PROVISIONED;

export function isProvisioned(name: BackendName): name is ProvisionedName {
  return Object.hasOwn(PROVISIONED, name);
}

/** The call that provisions a backend for a workload. */
export function provisioningCall(name: ProvisionedName, { role, allowLostWrites }: Choice['workload']): string {
  const call = PROVISIONED[name];
  const accepted = role === 'oauth' && allowLostWrites && BACKENDS[name].losesWrites === 'on failover';
  return accepted ? call.replace(/\(\)$/, '({ allowLostWrites: true })') : call;
}

/** The best of a ranking that this version provisions, and what is better but not provisioned yet. */
export interface Provisionable {
  readonly best?: RankedBackend & { readonly backend: ProvisionedName };
  readonly better: readonly BackendName[];
}

export function provisionable({ ranking }: Choice): Provisionable {
  const best = ranking.find((ranked): ranked is NonNullable<Provisionable['best']> => isProvisioned(ranked.backend));
  const better = best ? ranking.slice(0, ranking.indexOf(best)) : ranking;
  return { best, better: better.map(({ backend }) => backend) };
}
