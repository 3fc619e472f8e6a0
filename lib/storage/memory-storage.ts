import * as iam from 'aws-cdk-lib/aws-iam';

import { RuntimePart } from '../code/runtime-part.ts';
import type { IStorageGrants } from './bound-storage.ts';
import { BoundStorage } from './bound-storage.ts';

/** @internal */
export class MemoryStorage extends BoundStorage {
  override readonly url = 'memory:';
  override readonly parts = [RuntimePart.MEMORY_STORE];
  override readonly durable = false;
  override readonly shared = false;
  override readonly grants: IStorageGrants = {
    readWrite: (grantee) => iam.Grant.drop(grantee, 'nothing outside the process to grant'),
  };

  override connectFrom(): void {
    // In no network.
  }
}
