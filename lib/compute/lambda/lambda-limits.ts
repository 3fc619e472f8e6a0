import { Token } from 'aws-cdk-lib';

import { checkWholeNumber } from '../../private/limits.ts';
import { checkComputeInput, checkDuration } from '../compute-input.ts';
import type { LambdaComputeProps } from './lambda-compute-props.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MEMORY_MB = { min: 128, max: 10240, unit: 'MB' };
const TIMEOUT_SECONDS = { min: 1, max: 900, unit: 'seconds' };
const CONCURRENCY = { min: 0, unit: 'concurrent calls' };
const ENVIRONMENT_BYTES = 4096;
const VARIABLE = /^[A-Za-z][A-Za-z0-9_]+$/;
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** @throws Error when a value is outside of the limits of Lambda */
export function validateLambda(props: LambdaComputeProps): void {
  checkComputeInput(props);
  checkDuration('timeout', props.timeout);
  checkWholeNumber('memorySize', props.memorySize, MEMORY_MB);
  checkWholeNumber('reservedConcurrency', props.reservedConcurrency, CONCURRENCY);
  if (props.timeout && !props.timeout.isUnresolved()) {
    checkWholeNumber('timeout', props.timeout.toSeconds({ integral: false }), TIMEOUT_SECONDS);
  }
  if (!props.vpc && (props.vpcSubnets ?? props.securityGroups)) {
    throw new Error('vpcSubnets and securityGroups need the network that they are in: add vpc to McpCompute.lambda()');
  }
}

/** @throws Error when Lambda would refuse the variables; values that are known only at deployment are not counted */
export function validateEnvironment(environment: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(environment)) {
    if (RESERVED.has(name)) {
      throw new Error(`the environment variable ${name} is reserved by Lambda: choose another name`);
    }
    if (!VARIABLE.test(name)) {
      throw new Error(
        `the environment variable ${JSON.stringify(name)} must have a name of two or more letters, digits and "_", ` +
          `beginning with a letter`,
      );
    }
    bytes += Buffer.byteLength(name) + (Token.isUnresolved(value) ? 0 : Buffer.byteLength(value));
  }
  if (bytes > ENVIRONMENT_BYTES) {
    throw new Error(
      `the environment variables take ${bytes} bytes and Lambda has room for ${ENVIRONMENT_BYTES}: ` +
        `keep long values in the bundle, in Parameter Store or in Secrets Manager`,
    );
  }
}
