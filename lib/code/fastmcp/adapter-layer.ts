import { Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import { isArm } from '../../private/is-arm.ts';

/**
 * The version of the layers that holds AWS Lambda Web Adapter 0.9.1: the one that the tests of this kit run with.
 *
 * @see https://github.com/aws/aws-lambda-web-adapter
 */
const LAYER_VERSION = 25;
const COMMERCIAL_ACCOUNT = '753240598075';
const OWN_LAYER =
  'publish the adapter as a layer of yours and give it as adapterLayer: lambda.LayerVersion.fromLayerVersionArn(…)';

/**
 * The layer with AWS Lambda Web Adapter, which calls an HTTP server for each event. It is AWS's own, in an account of AWS:
 * the kit names its version and does not publish it.
 *
 * @throws Error where AWS publishes none
 */
export function adapterLayer(scope: Construct, architecture: lambda.Architecture): lambda.ILayerVersion {
  const { region } = Stack.of(scope);
  if (!Token.isUnresolved(region)) {
    // Accounts belong to one partition, and a layer of another cannot be read.
    const other = /^(?:us-gov|us-iso|us-isob|eu-isoe|us-isof|eusc|cn)-/.exec(region)?.[0];
    if (other !== undefined) {
      throw new Error(
        `AWS publishes no layer with Lambda Web Adapter that the kit was tested with in ${region}: ${OWN_LAYER}`,
      );
    }
  }
  const name = isArm(architecture) ? 'LambdaAdapterLayerArm64' : 'LambdaAdapterLayerX86';
  const arn = `arn:aws:lambda:${region}:${COMMERCIAL_ACCOUNT}:layer:${name}:${LAYER_VERSION}`;
  return lambda.LayerVersion.fromLayerVersionArn(scope, 'Adapter', arn);
}
