import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { runtimeFunctionCode } from '../../code/runtime-function-code.ts';
import { LambdaRole } from '../../compute/lambda/lambda-role.ts';
import { acknowledge } from '../../private/findings.ts';
import { grantKeyThrough } from '../../private/key-grant.ts';

interface Props {
  readonly secret: secretsmanager.ISecret;
  readonly userId: string;
  readonly user: elasticache.CfnUser;
  readonly rotateAfter: Duration;
}

/** What the function does with its one secret. */
const SECRET_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
];
/** What the function does with its one user. */
const USER_ACTIONS = ['elasticache:DescribeUsers', 'elasticache:ModifyUser'];
/** Waits for ElastiCache to change a user, which takes a minute or two. */
const TIMEOUT = Duration.minutes(10);

/**
 * A function that replaces the password of one user. It calls AWS only, so it is in no network: that ElastiCache has taken the
 * new password is all that it can test.
 */
export class CachePasswordRotation extends Construct {
  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    const { secret, userId } = props;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new LambdaRole(this, 'Role', { logGroup, traced: true, inNetwork: false });
    const rotation = new lambda.Function(this, 'Function', {
      description: `Rotates the password of the cache user ${userId}`,
      code: runtimeFunctionCode(this, 'rotation/cache-password-handler'),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: TIMEOUT,
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      tracing: lambda.Tracing.ACTIVE,
    });
    acknowledge(rotation, {
      'Serverless-LambdaDLQ': 'Secrets Manager repeats a rotation that fails, and shows that it did',
    });
    this.grant(role, props);
    rotation.addPermission('SecretsManager', {
      principal: new iam.ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    });
    const schedule = new secretsmanager.CfnRotationSchedule(this, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: rotation.functionArn,
      rotationRules: { automaticallyAfterDays: props.rotateAfter.toDays() },
      rotateImmediatelyOnUpdate: false, // the password was made a moment ago
    });
    schedule.node.addDependency(rotation, role, props.user);
  }

  private grant(role: iam.IRole, { secret, userId }: Props): void {
    const user = Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'user',
      resourceName: userId,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    iam.Grant.addToPrincipal({ grantee: role, actions: SECRET_ACTIONS, resourceArns: [secret.secretArn] });
    iam.Grant.addToPrincipal({ grantee: role, actions: USER_ACTIONS, resourceArns: [user] });
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['secretsmanager:GetRandomPassword'],
      resourceArns: ['*'],
    });
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'a random password is of no secret yet, so it has no resource',
    });
    const { encryptionKey: key, env } = secret;
    if (!key) return;
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
    grantKeyThrough(role, { key, service: 'secretsmanager', region: env.region, actions });
  }
}
