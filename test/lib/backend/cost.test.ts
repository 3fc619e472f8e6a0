import { chooseBackend } from '../../../lib/backend/choose-backend.ts';
import type { CostOption } from '../../../lib/backend/cost-option.ts';
import { costTotal } from '../../../lib/backend/cost-option.ts';
import { costOptions } from '../../../lib/backend/cost.ts';
import { crossoverRate } from '../../../lib/backend/crossover.ts';
import { readWorkload } from '../../../lib/backend/facts.ts';
import { PRICED, PRICES } from '../../../lib/backend/prices.ts';
import type { Workload } from '../../../lib/backend/workload.ts';

const find = (options: readonly CostOption[], text: string): CostOption => {
  const option = options.find(({ as }) => as.includes(text));
  if (!option) throw new Error(`no option ${text} among ${options.map(({ as }) => as).join(', ')}`);
  return option;
};

const rateOf = (workload: Workload, way: string): number | undefined => {
  const at = (requestsPerSecond: number, internet = false) =>
    readWorkload({ ...workload, requestsPerSecond, platform: 'lambda', internet });
  const [type, gateway] = way.split(' + ');
  return crossoverRate(
    (rate) => costTotal(costOptions('dynamodb', at(rate))[0]!),
    (rate) => costTotal(find(costOptions('valkey', at(rate, gateway !== undefined)), type!)),
  );
};

// Worked out by hand from the list prices, without the cost of stored GB: hence two digits.
describe.each([
  [0.5, 1, [21.2, 55, 24.3, 33.8]],
  [0.8, 1, [42.7, 110, 48.6, 67.5]],
  [0.8, 4, [14.3, 37.2, 16.2, 22.5]],
  [0.8, 10, [5.6, 14.5, 6.3, 8.8]],
  [0.95, 10, [16.6, 42.8, 18.2, 25.3]],
  [0.8, 50, [1.14, 2.96, 1.29, 1.79]],
])('where a table costs as much as Valkey, at hit ratio %d and %d KB', (hitRatio, itemSizeKb, rates) => {
  test.each([
    ['Serverless', rates[0]!],
    ['Serverless + NAT', rates[1]!],
    ['t4g.micro', rates[2]!],
    ['t4g.small', rates[3]!],
  ])('%s: %d requests per second', (way, rate) => {
    const found = rateOf({ hitRatio, itemSizeKb }, way)!;
    expect(Math.abs(found / rate - 1)).toBeLessThan(0.035);
  });
});

test('the answer tells where its first and the next change places', () => {
  const { crossovers } = chooseBackend({ itemSizeKb: 10 });
  expect(crossovers[0]).toEqual({ below: 'dynamodb', above: 'valkey', requestsPerSecond: expect.closeTo(5.59, 1) });
  const above = chooseBackend({ itemSizeKb: 10, requestsPerSecond: 5.7 });
  expect(above.ranking[0]?.backend).toBe('valkey');
  expect(above.crossovers[0]).toEqual(crossovers[0]);
  expect(chooseBackend({ itemSizeKb: 10, requestsPerSecond: 5.5 }).ranking[0]?.backend).toBe('dynamodb');
});

test('one user of OAuth costs 0.00022 USD a month in requests: 160 renewals, each a strong read and two writes', () => {
  const usersPerRate = (2.628 * 1e6) / 160;
  const [table] = costOptions('dynamodb', readWorkload({ role: 'oauth', itemSizeKb: 1 }));
  const requests = table!.parts.filter(({ label }) => label !== 'storage with recovery');
  expect(costTotal({ as: '', parts: requests }) / usersPerRate).toBeCloseTo(0.00022, 6);
});

test.each([
  ['valkey', 6.13],
  ['redis', 91.25],
  ['memcached', 91.25],
])('an idle %s, serverless, costs %d USD', (name, usd) => {
  const options = costOptions(name as 'valkey', readWorkload({ requestsPerSecond: 0, platform: 'fargate' }));
  expect(costTotal(find(options, 'Serverless'))).toBeCloseTo(usd, 2);
});

test('idle tables, files and memory cost nothing', () => {
  for (const name of ['dynamodb', 'disk', 'memory'] as const) {
    expect(costTotal(costOptions(name, readWorkload({ requestsPerSecond: 0, platform: 'fargate' }))[0]!)).toBe(0);
  }
});

test('a function in a network pays for the endpoint of Secrets Manager in two zones', () => {
  const idle = (name: 'valkey' | 'dynamodb', platform: string) =>
    costTotal(costOptions(name, readWorkload({ requestsPerSecond: 0, platform }))[0]!);
  expect(idle('valkey', 'lambda') - idle('valkey', 'fargate')).toBeCloseTo(14.6, 2);
  expect(idle('dynamodb', 'lambda')).toBe(idle('dynamodb', 'fargate'));
});

test('nodes that are too small, by memory or by network, are not offered', () => {
  const types = (workload: Workload): string[] => costOptions('valkey', readWorkload(workload)).map(({ as }) => as);
  expect(types({})).toHaveLength(4);
  const large = { itemSizeKb: 100, requestsPerSecond: 20 }; // 1.4 GB an hour
  expect(types(large).filter((as) => as.includes('×'))).toEqual(['ElastiCache for Valkey, 1 × cache.t4g.medium']);
  expect(types({ itemSizeKb: 10, requestsPerSecond: 5000, hitRatio: 1 })).toEqual([
    'ElastiCache Serverless for Valkey',
  ]);
});

test('OAuth state is on two nodes', () => {
  const options = costOptions('redis', readWorkload({ role: 'oauth', requestsPerSecond: 0.1 }));
  expect(find(options, 'micro').as).toBe('ElastiCache for Redis OSS, 2 × cache.t4g.micro');
});

test('a NAT gateway is paid only by functions that join a network and call the internet', () => {
  const usd = (name: 'valkey' | 'dynamodb', workload: Workload) =>
    costTotal(costOptions(name, readWorkload(workload))[0]!);
  const extra = (name: 'valkey' | 'dynamodb', platform: string) =>
    usd(name, { platform, internet: true }) - usd(name, { platform });
  expect(extra('valkey', 'lambda')).toBeCloseTo(32.85, 2);
  expect(extra('valkey', 'fargate')).toBe(0);
  expect(extra('dynamodb', 'lambda')).toBe(0);
});

test('a bill adds up, and names no part twice', () => {
  for (const { monthlyUsd, bill } of chooseBackend({ internet: true, requestsPerSecond: 50 }).ranking) {
    expect(costTotal({ as: '', parts: bill })).toBe(monthlyUsd);
    expect(new Set(bill.map(({ label }) => label)).size).toBe(bill.length);
  }
});

test('prices say where and when they were read, and are positive', () => {
  expect(PRICED.region).toBe('us-east-1');
  expect(PRICED.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  const numbers = JSON.stringify(PRICES).match(/:[-\d.e]+/g)!;
  expect(numbers.every((text) => Number(text.slice(1)) > 0)).toBe(true);
});
