import { setTimeout as sleep } from 'node:timers/promises';

import { StoreError } from '../../../../lambda/store/errors.ts';
import { openWire } from '../../../../lambda/store/opensearch/client.ts';
import { faultOf as anyFaultOf } from '../../../support/fault-of.ts';
import { OpenSearchStore, type OpenSearchStoreProps } from '../../../../lambda/store/opensearch/opensearch-store.ts';

/** What tests store and log in with, and no message may say. */
const SECRETS = /hunter2|the-value|the-key|the-collection/;

/** A store on this server, without credentials. */
export function openSearch(node: string, props: Partial<OpenSearchStoreProps> & { ca?: string } = {}): OpenSearchStore {
  return new OpenSearchStore({
    product: 'OpenSearch',
    indexPrefix: 'faults',
    connect: () => openWire({ node, ca: props.ca, auth: { kind: 'none' } }),
    ...props,
  });
}

/** The error of a call that must fail, without secrets in its message. */
export async function faultOf(call: Promise<unknown>): Promise<StoreError> {
  const fault = await anyFaultOf(call);
  expect(fault).toBeInstanceOf(StoreError);
  expect(fault.message).not.toMatch(SECRETS);
  return fault;
}

/** For a server that needs a moment after it is back. */
export async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(200);
    }
  }
}
