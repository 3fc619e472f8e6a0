import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as lambda from 'aws-cdk-lib/aws-lambda';

import { platformOf } from '../../../lib/code/image-platform.ts';

test.each([
  [lambda.Architecture.ARM_64, Platform.LINUX_ARM64],
  [lambda.Architecture.X86_64, Platform.LINUX_AMD64],
  [lambda.Architecture.custom('arm64'), Platform.LINUX_ARM64],
])('an image is built for the processor that the architecture names', (architecture, platform) => {
  expect(platformOf(architecture)).toBe(platform);
});
