import { Annotations, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { BackendName } from '../backend/backends.ts';
import { BACKENDS } from '../backend/backends.ts';
import type { Choice, RankedBackend } from '../backend/choose-backend.ts';
import { chooseBackend } from '../backend/choose-backend.ts';
import type { Nodes } from '../backend/cost-option.ts';
import { existingOf } from '../backend/existing.ts';
import type { Workload } from '../backend/workload.ts';

/** Where the choice is found: in the metadata of the template, in that of the construct, and as the id of the message. */
export const STORAGE_CHOICE = 'cdk-mcp-kit:storageChoice';

/** A choice, to provision. */
export interface StorageChoice {
  readonly backend: BackendName;
  /** The nodes of a cache; without any it is serverless. */
  readonly nodes?: Nodes;
  /** Whether OAuth state may be kept where a failover loses writes. */
  readonly allowLostWrites: boolean;
  /** For the template: plain data. */
  readonly document: Readonly<Record<string, unknown>>;
  /** For the terminal. */
  readonly message: string;
}

/**
 * Chooses the best backend.
 *
 * @throws Error when the workload is wrong, nothing suits it, or what suits exists already; it says what to do instead
 */
export function chooseStorage(workload: Workload): StorageChoice {
  const choice = chooseBackend(workload);
  if (choice.workload.platform === 'machine') {
    throw new Error(
      'platform "machine" is not what these constructs deploy to: leave it out, or set MCP_STORE_URL on your machine',
    );
  }
  const [best] = choice.ranking;
  if (!best) throw new Error(`McpStorage.choose() found nothing that suits: ${whyNothing(choice)}`);
  const existing = choice.workload.existing.includes(best.backend)
    ? existingOf(best.backend, choice.workload)
    : undefined;
  if (existing) {
    throw new Error(
      `existing ${JSON.stringify(best.backend)} is the choice, but not which ${existing.what}: use ${existing.call}, ` +
        'or leave it out of existing',
    );
  }
  return {
    backend: best.backend,
    nodes: best.nodes,
    allowLostWrites: choice.workload.role === 'oauth' && choice.workload.allowLostWrites,
    document: documentOf(choice, best),
    message: messageOf(choice, best),
  };
}

/** Writes the choice where people look for it: `cdk synth` prints it, the template and the construct tree keep it. */
export function recordChoice(server: Construct, { document, message }: StorageChoice): void {
  const stack = Stack.of(server);
  const others = stack.templateOptions.metadata?.[STORAGE_CHOICE] as object | undefined;
  stack.addMetadata(STORAGE_CHOICE, { ...others, [server.node.path]: document });
  server.node.addMetadata(STORAGE_CHOICE, document);
  Annotations.of(server).addInfoV2(STORAGE_CHOICE, message);
}

function documentOf(choice: Choice, best: RankedBackend): StorageChoice['document'] {
  return {
    backend: best.backend,
    as: best.as,
    monthlyUsd: cents(best),
    reasons: best.reasons,
    ranking: choice.ranking.map((ranked) => ({ backend: ranked.backend, monthlyUsd: cents(ranked) })),
    refused: choice.refused,
    workload: choice.workload,
    prices: choice.priced,
  };
}

function messageOf({ priced }: Choice, best: RankedBackend): string {
  return (
    `storage is ${BACKENDS[best.backend].title}, about ${cents(best).toFixed(2)} ${priced.currency} a month ` +
    `(list prices of ${priced.region}, ${priced.date}): ${best.reasons.join('; ')}`
  );
}

function whyNothing({ refused }: Choice): string {
  return refused.map(({ backend, reason, remedy }) => `${backend}: ${reason} → ${remedy}`).join('. ');
}

function cents({ monthlyUsd }: RankedBackend): number {
  return Math.round(monthlyUsd * 100) / 100;
}
