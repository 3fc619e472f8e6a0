import { inspect } from 'node:util';

import type { BackendName } from './backends.ts';
import { BACKEND_NAMES } from './backends.ts';
import type { Workload } from './workload.ts';

export const ENVIRONMENTS = ['development', 'production'] as const;
export const PLATFORMS = ['machine', 'fargate', 'lambda', 'cloud'] as const;
export const ROLES = ['cache', 'oauth'] as const;

export type Environment = (typeof ENVIRONMENTS)[number];
export type Platform = (typeof PLATFORMS)[number];
export type Role = (typeof ROLES)[number];

/** A workload that was checked, with what was assumed filled in. */
export interface Facts {
  readonly environment: Environment;
  readonly servers: number;
  readonly platform: Platform;
  readonly persistence: boolean;
  /** In the order of the table, each once. */
  readonly existing: readonly BackendName[];
  readonly role: Role;
  readonly requestsPerSecond: number;
  readonly hitRatio: number;
  readonly itemSizeKb: number;
  readonly latencyMs?: number;
  readonly internet: boolean;
  readonly allowLostWrites: boolean;
}

/** Every field of a workload. The type makes the compiler ask for new ones. */
export const FIELDS = Object.keys({
  environment: 0,
  servers: 0,
  platform: 0,
  persistence: 0,
  existing: 0,
  role: 0,
  requestsPerSecond: 0,
  hitRatio: 0,
  itemSizeKb: 0,
  latencyMs: 0,
  internet: 0,
  allowLostWrites: 0,
} satisfies Record<keyof Workload, 0>);

/** "Several", where the number does not matter. */
const SEVERAL = 2;

/** A workload that makes no sense; the message says what to write instead. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
  /** The field that is wrong. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * Checks a workload and fills in what is assumed.
 *
 * @throws {WorkloadError} that names the field, its value, and what to write instead
 */
export function readWorkload(workload: Workload): Facts {
  refuseUnknownFields(workload);
  const environment = oneOf('environment', workload.environment ?? 'production', ENVIRONMENTS);
  const platform = oneOf('platform', workload.platform ?? 'cloud', PLATFORMS);
  const role = oneOf('role', workload.role ?? 'cache', ROLES);
  const production = environment === 'production';
  const lasting = role === 'oauth' && production;
  const persistence = bool('persistence', workload.persistence ?? lasting);
  if (lasting && !persistence) {
    throw new WorkloadError(
      'persistence',
      'persistence false contradicts role "oauth" in production, where no client and no token may be lost: leave it out',
    );
  }
  return {
    environment,
    servers: readServers(workload.servers ?? (platform === 'lambda' && production ? SEVERAL : 1)),
    platform,
    persistence,
    existing: readExisting(workload.existing ?? []),
    role,
    requestsPerSecond: number('requestsPerSecond', workload.requestsPerSecond ?? 1, 'of 0 or more', (n) => n >= 0),
    hitRatio: number('hitRatio', workload.hitRatio ?? 0.8, 'from 0 to 1', (n) => n >= 0 && n <= 1),
    itemSizeKb: number('itemSizeKb', workload.itemSizeKb ?? 4, 'of KB above 0', (n) => n > 0),
    latencyMs:
      workload.latencyMs === undefined
        ? undefined
        : number('latencyMs', workload.latencyMs, 'of milliseconds above 0', (n) => n > 0),
    internet: bool('internet', workload.internet ?? false),
    allowLostWrites: bool('allowLostWrites', workload.allowLostWrites ?? false),
  };
}

/** A misspelt field would silently change the answer; JavaScript and `any` have no compiler to notice. */
function refuseUnknownFields(workload: unknown): void {
  if (typeof workload !== 'object' || workload === null) {
    throw new WorkloadError('workload', `a workload must be an object, got ${show(workload)}: { servers: 'multi' }`);
  }
  const unknown = Object.keys(workload).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw new WorkloadError(unknown, `a workload has no field ${JSON.stringify(unknown)}: use ${FIELDS.join(', ')}`);
  }
}

function readServers(value: unknown): number {
  if (value === 'single') return 1;
  if (value === 'multi') return SEVERAL;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new WorkloadError(
    'servers',
    `servers must be a whole number of 1 or more, "single" or "multi", got ${show(value)}`,
  );
}

function readExisting(value: unknown): BackendName[] {
  if (!Array.isArray(value)) {
    throw new WorkloadError('existing', `existing must be a list of backends such as ["redis"], got ${show(value)}`);
  }
  const choices = BACKEND_NAMES.filter((name) => name !== 'memory');
  const named = value.map((name) => oneOf('existing', name === 'opensearch' ? 'elasticsearch' : name, choices));
  return choices.filter((name) => named.includes(name));
}

function oneOf<T extends string>(field: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new WorkloadError(
    field,
    `unknown ${field} ${show(value)}: use ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`,
  );
}

function bool(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new WorkloadError(field, `${field} must be true or false, got ${show(value)}`);
}

function number(field: string, value: unknown, range: string, inRange: (n: number) => boolean): number {
  if (typeof value === 'number' && Number.isFinite(value) && inRange(value)) return value;
  throw new WorkloadError(field, `${field} must be a number ${range}, got ${show(value)}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value);
}
