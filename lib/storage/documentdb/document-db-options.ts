import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';

import { checkWholeNumber } from '../../private/limits.ts';
import type { DocumentDbCapacity } from './document-db-capacity.ts';

/** What can be said about a cluster. */
export interface DocumentDbOptions {
  /**
   * What its instances are.
   *
   * @default DocumentDbCapacity.serverless()
   */
  readonly capacity?: DocumentDbCapacity;
  /**
   * How many instances there are, 1 to 16, each in another zone as far as there are zones. The data is in three zones
   * anyway; with one instance the database is away for minutes when that fails, with two for seconds.
   *
   * @default 1
   */
  readonly instances?: number;
  /**
   * Version of the engine: three numbers, at least 5.0.0 for serverless capacity.
   *
   * @default '5.0.0'
   */
  readonly engineVersion?: string;
  /**
   * Port, 1150 to 65535.
   *
   * @default 27017
   */
  readonly port?: number;
  /**
   * How far back the cluster can be restored: 1 to 35 whole days.
   *
   * @default Duration.days(7)
   */
  readonly backupRetention?: Duration;
  /**
   * Whether who logged in and what was created or dropped is logged, and what took longer than 100 ms. The log groups are
   * made by DocumentDB, `/aws/docdb/CLUSTER/audit` and `…/profiler`, and keep what they have.
   *
   * @default true
   */
  readonly logs?: boolean;
  /**
   * How often the password is replaced, 1 to 1000 whole days, by a function of AWS from the Serverless Application
   * Repository, the first time when that time has passed. It reaches Secrets Manager through the endpoint of a new network; one that exists needs an endpoint or a NAT.
   *
   * @default - never
   */
  readonly rotateAfter?: Duration;
  /**
   * Key that encrypts the data.
   *
   * @default - the key of DocumentDB, `aws/rds`, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * Key that encrypts the secret with the password.
   *
   * @default - the key of Secrets Manager, `aws/secretsmanager`
   */
  readonly secretEncryptionKey?: kms.IKey;
  /**
   * Whether DocumentDB refuses to delete the cluster. A stack with such a cluster is not deleted either, unless it is retained:
   * deploy `false` first.
   *
   * @default - true where `removalPolicy` retains the cluster, otherwise false
   */
  readonly deletionProtection?: boolean;
  /**
   * What becomes of the data when the cluster leaves the stack. `SNAPSHOT` keeps a snapshot; `RETAIN` keeps the cluster with
   * everything that it needs, and goes on costing.
   *
   * @default - the `removalPolicy` of the server; without one a snapshot is kept
   */
  readonly removalPolicy?: RemovalPolicy;
}

const INSTANCES = { min: 1, max: 16, unit: 'instances' };
const PORTS = { min: 1150, max: 65_535, unit: 'ports' };
const BACKUP_DAYS = { min: 1, max: 35, unit: 'days' };
const ROTATION_DAYS = { min: 1, max: 1000, unit: 'days' };

/** @throws Error when a value is outside of the limits of DocumentDB, or values contradict each other */
export function validateDocumentDb(props: DocumentDbOptions): void {
  checkWholeNumber('instances', props.instances, INSTANCES);
  checkWholeNumber('port', props.port, PORTS);
  checkDays('backupRetention', props.backupRetention, BACKUP_DAYS);
  checkDays('rotateAfter', props.rotateAfter, ROTATION_DAYS);
  const { engineVersion } = props;
  if (engineVersion !== undefined && (Token.isUnresolved(engineVersion) || !/^\d+\.\d+\.\d+$/.test(engineVersion))) {
    throw new Error(`engineVersion must be three numbers such as "5.0.0", got ${JSON.stringify(engineVersion)}`);
  }
  if (props.deletionProtection && props.removalPolicy === RemovalPolicy.DESTROY) {
    throw new Error(
      'deletionProtection: true contradicts removalPolicy: DESTROY, and the stack could not be deleted; leave one out',
    );
  }
}

function checkDays(name: string, duration: Duration | undefined, range: typeof BACKUP_DAYS): void {
  if (!duration || duration.isUnresolved()) return;
  checkWholeNumber(name, duration.toDays({ integral: false }), range);
}
