import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

import { isArm } from '../private/is-arm.ts';

/** What an image is built for. */
export function platformOf(architecture: lambda.Architecture): Platform {
  return isArm(architecture) ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64;
}
