import type { App } from 'aws-cdk-lib';
import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { everyShape, ON_PURPOSE, ON_THE_INTERNET, SHAPES, WITH_NAT } from './shapes/shapes.ts';
import type { RawTemplate } from './support/template-rules.ts';
import {
  actionsOnEverything,
  allowedEverything,
  countOf,
  openIngress,
  plaintextSecrets,
  publicAddresses,
} from './support/template-rules.ts';
import { silenceWarnings, testApp, testServer, testStack } from './support/test-app.ts';

// The one file that runs with the built-in CloudFormation validator. Its errors fail the synthesis of the app too (cdk.json
// says so); here its warnings do as well, since a value that is in no enumeration is one.
delete process.env.CDK_VALIDATION;
const STRICT = { '@aws-cdk/core:strictCfnValidateErrors': true };

silenceWarnings();

function withNag(app: App): App {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

const app = testApp(STRICT);
const templates: Record<string, RawTemplate> = {};

/** What a rule finds in all shapes, each with the stack that it is in. */
const foundIn = (rule: (template: RawTemplate) => string[]): string[] =>
  Object.entries(templates).flatMap(([stack, template]) => rule(template).map((found) => `${stack}: ${found}`));

test(`each of the ${SHAPES.length} shapes is valid CloudFormation, and has no finding of cdk-nag that is not acknowledged`, () => {
  everyShape(app);
  for (const { stackName, template } of withNag(app).synth().stacks) templates[stackName] = template as RawTemplate;
  expect(Object.keys(templates).sort()).toEqual([...SHAPES].sort());
}, 300_000);

describe('in every shape', () => {
  test('no security group lets the internet in but that of a load balancer that the application put there', () => {
    const open = foundIn(openIngress).filter(
      (found) =>
        !/LoadBalancerSecurityGroup.* lets 0\.0\.0\.0\/0 in$/.test(found) || !ON_THE_INTERNET.has(found.split(':')[0]!),
    );
    expect(open).toEqual([]);
  });

  test('only a load balancer is in a public subnet', () => {
    expect(foundIn(publicAddresses)).toEqual([]);
  });

  test('nobody is allowed everything, nor everything of a service', () => {
    expect(foundIn(allowedEverything)).toEqual([]);
  });

  test('only what has no resource to name is allowed on every resource', () => {
    expect([...new Set(Object.values(templates).flatMap(actionsOnEverything))].sort()).toEqual(
      Object.keys(WITHOUT_RESOURCE).sort(),
    );
  });

  test('a NAT gateway is there where the application asked for it, and nowhere else', () => {
    const found = Object.entries(templates).filter(([, template]) => countOf(template, 'AWS::EC2::NatGateway') > 0);
    expect(new Set(found.map(([stack]) => stack))).toEqual(WITH_NAT);
  });

  test('no secret is readable', () => {
    expect(foundIn(plaintextSecrets)).toEqual([]);
  });

  test('every acknowledgement has a reason, and is on something inside of a server or of what servers share', () => {
    expect(acknowledgements().length).toBeGreaterThan(0);
    for (const { path, reason, isStack } of acknowledgements()) {
      expect({ path, reason, isStack }).toEqual({ path, reason: expect.stringMatching(/\S+ \S+/), isStack: false });
    }
  });

  test('what the kit acknowledges is in the documentation, and nothing else', () => {
    const ours = acknowledgements().filter(({ reason }) => reason !== ON_PURPOSE);
    expect([...new Set(ours.map(({ id }) => generalized(id)))].sort()).toEqual(documentedFindings());
  });
});

/** Actions that are allowed on `*`, and why. */
const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
  'ec2:AssignPrivateIpAddresses': 'interfaces of a function in a network have no names before Lambda makes them',
  'ec2:CreateNetworkInterface': 'as above',
  'ec2:DeleteNetworkInterface': 'as above',
  'ec2:DescribeNetworkInterfaces': 'EC2 knows no resource for what describes',
  'ec2:DescribeSubnets': 'EC2 knows no resource for what describes',
  'ec2:UnassignPrivateIpAddresses': 'interfaces of a function in a network have no names before Lambda makes them',
  'ecr:GetAuthorizationToken': 'the token is for the whole registry',
  'elasticloadbalancing:DescribeListeners': 'load balancing knows no resource for what describes',
  'elasticloadbalancing:DescribeRules': 'as above',
  'elasticloadbalancing:DescribeTargetGroups': 'as above',
  'elasticloadbalancing:DescribeTargetHealth': 'as above',
  'secretsmanager:GetRandomPassword': 'a random password is of no secret yet',
  'xray:PutTelemetryRecords': 'X-Ray knows no resource for what is written',
  'xray:PutTraceSegments': 'X-Ray knows no resource for what is written',
};

/** What the CDK acknowledges about its own templates. */
const OF_THE_CDK = ['F3002', 'F3003', 'W3010'].map((rule) => `CloudFormation-Validate::${rule}`);

interface Acknowledgement {
  readonly path: string;
  readonly isStack: boolean;
  readonly id: string;
  readonly reason: string;
}

function acknowledgements(): Acknowledgement[] {
  return app.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .filter(([id]) => !OF_THE_CDK.includes(id))
      .map(([id, reason]) => ({ path: construct.node.path, isStack: Stack.isStack(construct), id, reason })),
  );
}

/** A finding as the documentation names it: patterns of resources differ with each server, events are several. */
function generalized(id: string): string {
  return id
    .replace(/^Annotation::/, '')
    .replace(/\[Resource::.+\*.*\]$/, '[Resource::…*]')
    .replace(/\[LogExport::.+\]$/, '[LogExport::…]');
}

/** The findings in the first column of the table in docs/constructs.md. */
function documentedFindings(): string[] {
  const page = readFileSync(join(__dirname, '../../docs/constructs.md'), 'utf8');
  const [, table = ''] = /<!-- findings -->(.*)<!-- \/findings -->/s.exec(page) ?? [];
  return [...new Set([...table.matchAll(/^\| `([^`]+)`/gm)].map(([, id]) => id ?? ''))].sort();
}

describe('the checks are awake', () => {
  test.each([
    ['as cdk.json configures it', 'a value of another type', {}, 'MemorySize', 'abc'],
    ['as cdk.json configures it', 'a property that there is not', {}, 'Nonsense', 'x'],
    ['as cdk.json configures it', 'a runtime of yesterday', {}, 'Runtime', 'nodejs12.x'],
    ['with warnings as errors', 'a value that is in no enumeration', STRICT, 'TracingConfig.Mode', 'Sometimes'],
  ])('the validator, %s, refuses %s', (_how, _name, context, property, value) => {
    const app = testApp(context);
    const server = testServer({}, testStack(app));
    (server.compute.function.node.defaultChild as lambda.CfnFunction).addPropertyOverride(property, value);
    expect(() => app.synth()).toThrow(property === 'Nonsense' ? property : value);
  });

  test('cdk-nag finds what is not acknowledged', () => {
    const app = testApp();
    const server = testServer({}, testStack(app));
    server.compute.function.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::b'] }),
    );
    expect(() => withNag(app).synth()).toThrow(/AwsSolutions-IAM5\[Action::s3:\*\]/);
  });

  test.each<[string, (template: RawTemplate) => string[], string, object]>([
    ['an open port', openIngress, 'AWS::EC2::SecurityGroupIngress', { CidrIp: '0.0.0.0/0' }],
    ['an open port by IPv6', openIngress, 'AWS::EC2::SecurityGroup', { SecurityGroupIngress: [{ CidrIpv6: '::/0' }] }],
    ['all actions', allowedEverything, 'AWS::IAM::Policy', { P: [{ Effect: 'Allow', Action: '*' }] }],
    ['all actions of a service', allowedEverything, 'AWS::IAM::Role', { P: [{ Effect: 'Allow', Action: ['s3:*'] }] }],
    ['all actions in a text', allowedEverything, 'AWS::X::Policy', { Policy: '[{"Permission":["aoss:*"]}]' }],
    [
      'all resources',
      actionsOnEverything,
      'AWS::IAM::Policy',
      { P: [{ Effect: 'Allow', Action: 'a:B', Resource: '*' }] },
    ],
    ['a password', plaintextSecrets, 'AWS::DocDB::DBCluster', { MasterUserPassword: 'hunter2' }],
    [
      'one of several passwords',
      plaintextSecrets,
      'AWS::ElastiCache::User',
      { Passwords: ['{{resolve:secretsmanager:a}}', 'b'] },
    ],
    ['the value of a secret', plaintextSecrets, 'AWS::SecretsManager::Secret', { SecretString: 'hunter2' }],
    ['a URL with a password', plaintextSecrets, 'AWS::Lambda::Function', { Url: 'rediss://a:b@cache.example.com' }],
  ])('the rules see %s', (_name, rule, Type, Properties) => {
    expect(rule({ Resources: { Some: { Type, Properties } } })).toHaveLength(1);
  });
});
