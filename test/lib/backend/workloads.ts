import fc from 'fast-check';

import { BACKEND_NAMES } from '../../../lib/backend/backends.ts';
import type { BackendName } from '../../../lib/backend/backends.ts';
import type { Choice } from '../../../lib/backend/choose-backend.ts';
import { ENVIRONMENTS, PLATFORMS, ROLES } from '../../../lib/backend/facts.ts';
import type { Workload } from '../../../lib/backend/workload.ts';

/** Any workload that makes sense, with any of its fields left out. */
export const anyWorkload: fc.Arbitrary<Workload> = fc
  .record(
    {
      environment: fc.constantFrom(...ENVIRONMENTS),
      servers: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom('single', 'multi')),
      platform: fc.constantFrom(...PLATFORMS),
      persistence: fc.boolean(),
      existing: fc.uniqueArray(fc.constantFrom(...BACKEND_NAMES.filter((name) => name !== 'memory'))),
      role: fc.constantFrom(...ROLES),
      requestsPerSecond: fc.double({ min: 0, max: 20_000, noNaN: true }),
      hitRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      itemSizeKb: fc.double({ min: 0.01, max: 20_000, noNaN: true }),
      latencyMs: fc.double({ min: 0.005, max: 50, noNaN: true }),
      internet: fc.boolean(),
      allowLostWrites: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .filter(
    ({ role, environment, persistence }) => role !== 'oauth' || environment === 'development' || persistence !== false,
  );

export function namesOf(items: readonly { readonly backend: BackendName }[]): BackendName[] {
  return items.map(({ backend }) => backend);
}

/** How good a backend is for a workload: lower is better, a refusal is worst. */
export function placeOf(choice: Choice, backend: BackendName): number {
  const place = namesOf(choice.ranking).indexOf(backend);
  return place === -1 ? Infinity : place;
}
