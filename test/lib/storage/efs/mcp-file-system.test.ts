import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as kms from 'aws-cdk-lib/aws-kms';

import { McpFileSystem, McpNetwork } from '../../../../lib/index.ts';
import type { FileSystemOptions } from '../../../../lib/index.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testStack } from '../../support/test-app.ts';

function fileSystemTemplate(options?: FileSystemOptions, stack: Stack = testStack()) {
  const network = new McpNetwork(stack, 'Network', { flowLogs: false });
  return templateOf(new McpFileSystem(stack, 'Files', { network, ...options }));
}

test('a file system with only what is required: encrypted, backed up, retained', () => {
  fileSystemTemplate().hasResource('AWS::EFS::FileSystem', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Encrypted: true,
      KmsKeyId: Match.absent(),
      ThroughputMode: 'elastic',
      PerformanceMode: 'generalPurpose',
      BackupPolicy: { Status: 'ENABLED' },
      LifecyclePolicies: [{ TransitionToIA: 'AFTER_30_DAYS' }, { TransitionToPrimaryStorageClass: 'AFTER_1_ACCESS' }],
      AvailabilityZoneName: Match.absent(),
      FileSystemTags: [{ Key: 'Name', Value: 'Test/Files/FileSystem' }],
      FileSystemPolicy: Match.anyValue(),
    },
  });
});

test('a file system with everything that can be said', () => {
  const stack = testStack();
  fileSystemTemplate(
    {
      throughputMode: efs.ThroughputMode.BURSTING,
      infrequentAccessAfter: efs.LifecyclePolicy.AFTER_7_DAYS,
      backups: false,
      encryptionKey: new kms.Key(stack, 'Customer'),
      removalPolicy: RemovalPolicy.DESTROY,
    },
    stack,
  ).hasResource('AWS::EFS::FileSystem', {
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      Encrypted: true,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Customer'), 'Arn'] },
      ThroughputMode: 'bursting',
      BackupPolicy: Match.absent(),
      LifecyclePolicies: Match.arrayWith([{ TransitionToIA: 'AFTER_7_DAYS' }]),
    },
  });
});

test('its policy only forbids: nobody is let in by it', () => {
  const [fileSystem] = Object.values(fileSystemTemplate().findResources('AWS::EFS::FileSystem'));
  const everybody = { AWS: '*' };
  const actions = [
    'elasticfilesystem:ClientMount',
    'elasticfilesystem:ClientRootAccess',
    'elasticfilesystem:ClientWrite',
  ];
  expect(fileSystem!.Properties.FileSystemPolicy.Statement).toEqual([
    {
      Sid: 'UnencryptedTransport',
      Effect: 'Deny',
      Principal: everybody,
      Action: actions,
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Sid: 'PastAccessPoints',
      Effect: 'Deny',
      Principal: everybody,
      Action: actions,
      Resource: '*',
      Condition: { Null: { 'elasticfilesystem:AccessPointArn': 'true' } },
    },
    { Sid: 'Root', Effect: 'Deny', Principal: everybody, Action: 'elasticfilesystem:ClientRootAccess', Resource: '*' },
  ]);
});

test('one mount target in each zone, which nobody reaches yet, and which reaches nobody', () => {
  const template = fileSystemTemplate();
  template.resourceCountIs('AWS::EFS::MountTarget', 2);
  template.allResourcesProperties('AWS::EFS::MountTarget', {
    SecurityGroups: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^FilesSecurityGroup'), 'GroupId'] }],
  });
  expect(ingressEdges(template, [])).toEqual([]);
  expect(egressToAddresses(template)).toEqual([]);
});

test.each([
  ['all subnets of a network with several in a zone', (): ec2.SubnetSelection | undefined => undefined, 2],
  ['chosen subnets', (vpc: ec2.IVpc) => ({ subnets: vpc.isolatedSubnets.slice(0, 1) }), 1],
])('one mount target in each zone of %s', (_name, subnetsOf, targets) => {
  const stack = testStack();
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: ['One', 'Two'].map((name) => ({ name, subnetType: ec2.SubnetType.PRIVATE_ISOLATED })),
  });
  const network = new McpNetwork(stack, 'Network', { vpc, vpcSubnets: subnetsOf(vpc) });
  new McpFileSystem(stack, 'Files', { network });
  templateOf(stack).resourceCountIs('AWS::EFS::MountTarget', targets);
});

test('throughput that is paid whether it is used or not is refused', () => {
  expect(() => fileSystemTemplate({ throughputMode: efs.ThroughputMode.PROVISIONED })).toThrow(
    'throughputMode PROVISIONED is not offered: use ELASTIC',
  );
});
