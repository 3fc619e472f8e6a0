import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Token } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { refuseSnapshot } from '../private/removal.ts';
import { checkWholeNumber } from '../private/limits.ts';

/** Properties of a table. */
export interface McpTableProps {
  /**
   * Name of the table: 3 to 255 letters, digits, `_`, `-` and `.`. A named table cannot be replaced by a deployment.
   *
   * @default - CloudFormation generates one
   */
  readonly tableName?: string;
  /**
   * Ceiling on reads, in request units per second: what a runaway client can cost. Requests above it are throttled.
   *
   * @default 3000 - as much as one partition (so one collection) serves anyway
   */
  readonly maxReadRequestUnits?: number;
  /**
   * Ceiling on writes, in request units per second.
   *
   * @default 1000 - as much as one partition (so one collection) takes anyway
   */
  readonly maxWriteRequestUnits?: number;
  /**
   * Whether the table can be restored to any second of the recovery period.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * How far back the table can be restored: 1 to 35 whole days.
   *
   * @default Duration.days(35)
   */
  readonly recoveryPeriod?: Duration;
  /**
   * Whether DynamoDB refuses to delete the table.
   *
   * @default - true, unless `removalPolicy` is `DESTROY`
   */
  readonly deletionProtection?: boolean;
  /**
   * Key that encrypts the table.
   *
   * @default - a key that DynamoDB owns, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the table when it leaves the stack.
   *
   * @default - the `removalPolicy` of the server; without one the table is retained
   */
  readonly removalPolicy?: RemovalPolicy;
}

const MAX_RECOVERY_DAYS = 35;
const DEFAULT_READ_UNITS = 3000;
const DEFAULT_WRITE_UNITS = 1000;
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * A DynamoDB table in the layout of py-key-value: Python and TypeScript servers read each other's rows.
 * On-demand with a ceiling; expired rows are deleted by DynamoDB's time to live.
 */
export class McpTable extends Construct {
  /** The table itself. */
  readonly table: dynamodb.ITableV2;

  // eslint-disable-next-line awscdk/construct-constructor-property -- the rule does not know default values
  constructor(scope: Construct, id: string, props: McpTableProps = {}) {
    super(scope, id);
    validate(props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const pointInTimeRecoveryEnabled = props.pointInTimeRecovery ?? true;
    this.table = new dynamodb.TableV2(this, 'Table', {
      tableName: props.tableName,
      partitionKey: { name: 'collection', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'key', type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      billing: dynamodb.Billing.onDemand({
        maxReadRequestUnits: props.maxReadRequestUnits ?? DEFAULT_READ_UNITS,
        maxWriteRequestUnits: props.maxWriteRequestUnits ?? DEFAULT_WRITE_UNITS,
      }),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled,
        recoveryPeriodInDays: pointInTimeRecoveryEnabled
          ? (props.recoveryPeriod?.toDays() ?? MAX_RECOVERY_DAYS)
          : undefined,
      },
      encryption: props.encryptionKey
        ? dynamodb.TableEncryptionV2.customerManagedKey(props.encryptionKey)
        : dynamodb.TableEncryptionV2.dynamoOwnedKey(),
      deletionProtection: props.deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
  }
}

function validate(props: McpTableProps): void {
  refuseSnapshot('a table', props.removalPolicy);
  const { tableName } = props;
  if (tableName !== undefined && !Token.isUnresolved(tableName) && !TABLE_NAME.test(tableName)) {
    throw new Error(
      `tableName must be 3 to 255 letters, digits, "_", "-" or ".", got ${JSON.stringify(tableName)}: ` +
        `leave it out to have one generated`,
    );
  }
  checkWholeNumber('maxReadRequestUnits', props.maxReadRequestUnits, { min: 1, unit: 'request units per second' });
  checkWholeNumber('maxWriteRequestUnits', props.maxWriteRequestUnits, { min: 1, unit: 'request units per second' });
  if (props.pointInTimeRecovery === false && props.recoveryPeriod) {
    throw new Error('recoveryPeriod has no meaning with pointInTimeRecovery: false; leave one of them out');
  }
  if (props.recoveryPeriod && !props.recoveryPeriod.isUnresolved()) {
    const days = props.recoveryPeriod.toDays({ integral: false });
    checkWholeNumber('recoveryPeriod', days, { min: 1, max: MAX_RECOVERY_DAYS, unit: 'days' });
  }
  if (props.deletionProtection && props.removalPolicy === RemovalPolicy.DESTROY) {
    throw new Error(
      'deletionProtection: true contradicts removalPolicy: DESTROY, and the stack could not be deleted; leave one out',
    );
  }
}
