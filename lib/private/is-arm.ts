import * as lambda from 'aws-cdk-lib/aws-lambda';

/** Whether code runs on arm64. By name: `lambda.Architecture.custom('arm64')` is another object. */
export function isArm({ name }: lambda.Architecture): boolean {
  return name === lambda.Architecture.ARM_64.name;
}
