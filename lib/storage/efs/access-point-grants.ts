import type * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';

import type { IStorageGrants } from '../bound-storage.ts';

/** What a client of EFS needs to read and to write. Not to be root: an access point gives it its user. */
export const FILE_SYSTEM_ACTIONS = ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'];

/** Grants on the part of a file system that an access point shows. */
export class AccessPointGrants implements IStorageGrants {
  private readonly accessPoint: efs.IAccessPoint;

  constructor(accessPoint: efs.IAccessPoint) {
    this.accessPoint = accessPoint;
  }

  /** Grants mounting and writing through the access point only. Adds to the grantee, never to the file system's policy. */
  readWrite(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: FILE_SYSTEM_ACTIONS,
      resourceArns: [this.accessPoint.fileSystem.fileSystemArn],
      conditions: {
        StringEquals: { 'elasticfilesystem:AccessPointArn': this.accessPoint.accessPointArn },
        Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' },
      },
    });
  }
}
