import type * as ec2 from 'aws-cdk-lib/aws-ec2';

/** Capacity of a serverless cluster. */
export interface DocumentDbServerlessProps {
  /**
   * Least capacity of an instance, in DocumentDB capacity units (2 GiB of memory each): 0.5 to 256, in halves. This much is
   * paid while nobody calls: about 30 USD a month for half a unit.
   *
   * @default 0.5
   */
  readonly minCapacity?: number;
  /**
   * Most capacity of an instance, in the same units: 1 to 256, in halves. The ceiling on what a flood of calls costs.
   *
   * @default 4
   */
  readonly maxCapacity?: number;
}

/** What the instances of a DocumentDB cluster are. */
export class DocumentDbCapacity {
  /** Instances that grow and shrink with the load. */
  static serverless(props: DocumentDbServerlessProps = {}): DocumentDbCapacity {
    const { minCapacity = 0.5, maxCapacity = 4 } = props;
    checkHalves('minCapacity', minCapacity, 0.5);
    checkHalves('maxCapacity', maxCapacity, 1);
    if (minCapacity > maxCapacity) {
      throw new Error(`minCapacity ${minCapacity} is more than maxCapacity ${maxCapacity}: give it at most as much`);
    }
    return new DocumentDbCapacity({ minCapacity, maxCapacity }, undefined);
  }

  /** Instances of one type, such as `ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM)`. */
  static provisioned(instanceType: ec2.InstanceType): DocumentDbCapacity {
    return new DocumentDbCapacity(undefined, instanceType);
  }

  /** @internal */
  readonly _serverless?: Required<DocumentDbServerlessProps>;
  /** @internal */
  readonly _instanceType?: ec2.InstanceType;

  private constructor(serverless: Required<DocumentDbServerlessProps> | undefined, instanceType?: ec2.InstanceType) {
    this._serverless = serverless;
    this._instanceType = instanceType;
  }
}

function checkHalves(name: string, units: number, min: number): void {
  if (units >= min && units <= 256 && Number.isInteger(units * 2)) return;
  throw new Error(`${name} must be ${min} to 256 DocumentDB capacity units in steps of 0.5, got ${units}`);
}
