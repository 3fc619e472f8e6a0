import fc from 'fast-check';

import { BACKEND_NAMES, BACKENDS } from '../../../lib/backend/backends.ts';
import { chooseBackend } from '../../../lib/backend/choose-backend.ts';
import { costTotal } from '../../../lib/backend/cost-option.ts';
import { costOptions } from '../../../lib/backend/cost.ts';
import { readWorkload } from '../../../lib/backend/facts.ts';
import type { Workload } from '../../../lib/backend/workload.ts';
import { anyWorkload, namesOf, placeOf } from './workloads.ts';

const RUNS = { numRuns: 500 };

const backend = fc.constantFrom(...BACKEND_NAMES);

test('each backend is either ranked or refused, never both, never neither', () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      const { ranking, refused } = chooseBackend(workload);
      expect([...namesOf(ranking), ...namesOf(refused)].sort()).toEqual([...BACKEND_NAMES].sort());
    }),
    RUNS,
  );
});

test('what is ranked has reasons; what is refused has a reason and a remedy that recommends nothing refused', () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      const { ranking, refused } = chooseBackend(workload);
      for (const { reasons } of ranking) expect(reasons.length).toBeGreaterThan(0);
      for (const { reason, remedy } of refused) {
        expect(reason).not.toBe('');
        expect(remedy).not.toBe('');
        const [, instead] = /, or use (\w+)$/.exec(remedy) ?? [];
        expect(instead).toBe(ranking[0] && BACKENDS[ranking[0].backend].title);
      }
    }),
    RUNS,
  );
});

test('more servers never make memory, disk or RocksDB better', () => {
  const count = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(anyWorkload, count, count, fc.constantFrom('memory', 'disk', 'rocksdb'), (workload, a, b, name) => {
      const few = chooseBackend({ ...workload, servers: Math.min(a, b) });
      const many = chooseBackend({ ...workload, servers: Math.max(a, b) });
      expect(placeOf(many, name)).toBeGreaterThanOrEqual(placeOf(few, name));
    }),
    RUNS,
  );
});

test('several servers never share what only one process has', () => {
  fc.assert(
    fc.property(anyWorkload, fc.integer({ min: 2, max: 50 }), (workload, servers) => {
      const ranked = namesOf(chooseBackend({ ...workload, servers }).ranking);
      for (const name of ['memory', 'disk', 'rocksdb'] as const) expect(ranked).not.toContain(name);
    }),
    RUNS,
  );
});

test('OAuth state is never kept in Memcached, nor in the memory of one of several servers, nor unasked where writes are lost', () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      fc.pre(workload.persistence !== false || workload.environment === 'development');
      const choice = chooseBackend({ ...workload, role: 'oauth' });
      const ranked = namesOf(choice.ranking);
      expect(ranked).not.toContain('memcached');
      const { servers, platform, environment, allowLostWrites } = choice.workload;
      if (servers > 1 || platform === 'lambda' || environment === 'production') expect(ranked).not.toContain('memory');
      if (environment === 'production' && !allowLostWrites) {
        for (const name of ranked) expect(BACKENDS[name].losesWrites).toBe('never');
      }
    }),
    RUNS,
  );
});

test('what must persist is never kept where it does not', () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      for (const { backend: name } of chooseBackend({ ...workload, persistence: true }).ranking) {
        expect(BACKENDS[name].persistent).toBe(true);
      }
    }),
    RUNS,
  );
});

test('what is already there, and can serve, is first in production', () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      const { ranking, workload: facts } = chooseBackend(workload);
      fc.pre(facts.environment === 'production');
      const exists = namesOf(ranking).map((name) => facts.existing.includes(name));
      expect(exists).toEqual([...exists].sort((a, b) => Number(b) - Number(a)));
    }),
    RUNS,
  );
});

describe('cost', () => {
  /** The monthly cost; what Node's doubles cannot tell apart is equal. */
  const cost = (name: (typeof BACKEND_NAMES)[number], workload: Workload): number =>
    Math.min(...costOptions(name, readWorkload(workload)).map(costTotal));
  const ROUNDING = 1 - 1e-12;

  test.each([
    ['requestsPerSecond', fc.double({ min: 0, max: 1e5, noNaN: true })],
    ['itemSizeKb', fc.double({ min: 0.01, max: 1e5, noNaN: true })],
  ] as const)('never falls with %s', (field, values) => {
    fc.assert(
      fc.property(anyWorkload, backend, values, values, (workload, name, a, b) => {
        const low = cost(name, { ...workload, [field]: Math.min(a, b) });
        const high = cost(name, { ...workload, [field]: Math.max(a, b) });
        expect(high).toBeGreaterThanOrEqual(low * ROUNDING);
      }),
      RUNS,
    );
  });

  test('is finite, not negative, and never higher for what exists already', () => {
    fc.assert(
      fc.property(anyWorkload, backend, (workload, name) => {
        fc.pre(name !== 'memory');
        const usd = cost(name, { ...workload, existing: [] });
        expect(usd).toBeGreaterThanOrEqual(0);
        expect(usd).toBeLessThan(Infinity);
        expect(cost(name, { ...workload, existing: [name] })).toBeLessThanOrEqual(usd);
      }),
      RUNS,
    );
  });
});

describe('the same answer', () => {
  test('for the same workload', () => {
    fc.assert(
      fc.property(anyWorkload, (workload) => {
        expect(chooseBackend(workload)).toEqual(chooseBackend(structuredClone(workload)));
      }),
      RUNS,
    );
  });

  test('whatever the order of the fields and of what exists', () => {
    fc.assert(
      fc.property(anyWorkload, (workload) => {
        const turned = Object.fromEntries(Object.entries(workload).reverse()) as Workload;
        const existing = workload.existing && [...workload.existing, ...workload.existing].reverse();
        expect(chooseBackend({ ...turned, ...(existing && { existing }) })).toEqual(chooseBackend(workload));
      }),
      RUNS,
    );
  });

  test.each([
    ['the hit ratio, for OAuth', { role: 'oauth', environment: 'development' }, { hitRatio: 0.1 }],
    ['lost writes, for a cache', { role: 'cache' }, { allowLostWrites: true }],
    ['the internet, outside of a network', { platform: 'fargate' }, { internet: true }],
    ['a latency that all keep', {}, { latencyMs: 1000 }],
    ['more servers, once there are several', { servers: 2 }, { servers: 7 }],
  ])('whatever has no meaning: %s', (_name, fixed, irrelevant) => {
    fc.assert(
      fc.property(anyWorkload, (any) => {
        const workload = { ...any, latencyMs: 50 };
        const [a, b] = [
          chooseBackend({ ...workload, ...fixed }),
          chooseBackend({ ...workload, ...fixed, ...irrelevant }),
        ];
        const order = ({ ranking, refused }: typeof a) => [namesOf(ranking), namesOf(refused)];
        expect(order(b)).toEqual(order(a));
        expect(b.ranking.map(({ monthlyUsd }) => monthlyUsd)).toEqual(a.ranking.map(({ monthlyUsd }) => monthlyUsd));
      }),
      RUNS,
    );
  });
});
