import type { AttributeValue } from '@aws-sdk/client-dynamodb';

import { ATTRIBUTE } from './row.ts';

/** The parts of a conditional call, ready to be spread into its input. */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

const LIVE = 'attribute_not_exists(#taken) AND (attribute_not_exists(#ttl) OR #ttl > :now)';
const KEY = { '#key': ATTRIBUTE.key };
const LIFE = { '#ttl': ATTRIBUTE.ttl, '#taken': ATTRIBUTE.taken };
const OP = { '#op': ATTRIBUTE.op };
const VALUE = { '#value': ATTRIBUTE.value };

/** How far into the past `take` puts the end of an entry: beyond any difference of clocks, so that Python sees a miss. */
const TAKEN_AGO = 3600;

/**
 * For `putIfAbsent`: there is no item, or one that has had its time. Not when the item bears this write's own mark: then
 * the write was applied, its answer was lost, and it may have been consumed since. Writing again would bring it back.
 */
export function absent(now: number, mark: string): Condition {
  return {
    ConditionExpression:
      'attribute_not_exists(#key) OR ((attribute_exists(#taken) OR #ttl <= :now) AND NOT contains(#op, :mark))',
    ExpressionAttributeNames: { ...KEY, ...LIFE, ...OP },
    ExpressionAttributeValues: { ':now': seconds(now), ':mark': { S: mark } },
  };
}

/**
 * For `put`: always, but for a repetition of a write that was applied. What was consumed or changed since must stay so.
 */
export function unlessApplied(mark: string): Condition {
  return {
    ConditionExpression: 'attribute_not_exists(#op) OR NOT contains(#op, :mark)',
    ExpressionAttributeNames: OP,
    ExpressionAttributeValues: { ':mark': { S: mark } },
  };
}

/** For `compareAndSet`: the entry is live and the one that was read. `undefined` for a version that no store made. */
export function unchanged(now: number, version: string): Condition | undefined {
  const rest = version.slice(1);
  if (version.startsWith('o')) {
    return {
      ConditionExpression: `#op = :version AND ${LIVE}`,
      ExpressionAttributeNames: { ...OP, ...LIFE },
      ExpressionAttributeValues: { ':now': seconds(now), ':version': { S: rest } },
    };
  }
  if (!version.startsWith('v')) return undefined;
  return {
    ConditionExpression: `attribute_not_exists(#op) AND #value = :version AND ${LIVE}`,
    ExpressionAttributeNames: { ...OP, ...VALUE, ...LIFE },
    ExpressionAttributeValues: { ':now': seconds(now), ':version': { S: rest } },
  };
}

/** For `take`: marks a live entry as taken. A repetition with the same mark succeeds again and returns the value again. */
export function taking(now: number, mark: string): Condition & { readonly UpdateExpression: string } {
  return {
    UpdateExpression: 'SET #taken = :mark, #ttl = :ended',
    ConditionExpression: `attribute_exists(#key) AND (#taken = :mark OR (${LIVE}))`,
    ExpressionAttributeNames: { ...KEY, ...LIFE },
    ExpressionAttributeValues: {
      ':now': seconds(now),
      ':mark': { S: mark },
      ':ended': { N: String(Math.floor(now / 1000) - TAKEN_AGO) },
    },
  };
}

function seconds(now: number): AttributeValue {
  return { N: String(now / 1000) };
}
