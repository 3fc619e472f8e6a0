import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';

import { DocumentDbCapacity, McpDocumentDb, McpNetwork } from '../../../../lib/index.ts';
import type { DocumentDbOptions } from '../../../../lib/index.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testStack } from '../../support/test-app.ts';

function clusterTemplate(options?: DocumentDbOptions, stack = testStack()) {
  const network = new McpNetwork(stack, 'Network', { flowLogs: false });
  return templateOf(new McpDocumentDb(stack, 'Documents', { network, ...options }));
}

describe('a cluster with only what is required', () => {
  const template = clusterTemplate();

  test('is encrypted, backed up, and leaves a snapshot with its stack, which nothing refuses', () => {
    template.hasResource('AWS::DocDB::DBCluster', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        EngineVersion: '5.0.0',
        Port: 27017,
        StorageEncrypted: true,
        KmsKeyId: Match.absent(),
        BackupRetentionPeriod: 7,
        CopyTagsToSnapshot: true,
        DeletionProtection: false,
        EnableCloudwatchLogsExports: ['audit', 'profiler'],
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
        DBClusterParameterGroupName: { Ref: Match.stringLikeRegexp('DocumentsParameters') },
        VpcSecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^DocumentsSecurityGroup'), 'GroupId'] }],
      },
    });
  });

  test('speaks TLS of today only, and logs', () => {
    template.hasResourceProperties('AWS::DocDB::DBClusterParameterGroup', {
      Family: 'docdb5.0',
      Parameters: { tls: 'tls1.2+', audit_logs: 'enabled', profiler: 'enabled', profiler_threshold_ms: '100' },
    });
  });

  test('has an instance: without one nothing would answer', () => {
    template.resourceCountIs('AWS::DocDB::DBInstance', 1);
    template.hasResourceProperties('AWS::DocDB::DBInstance', {
      DBClusterIdentifier: { Ref: Match.stringLikeRegexp('DocumentsCluster') },
      DBInstanceClass: 'db.serverless',
    });
  });

  test('has its password in Secrets Manager, generated there', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.objectLike({
        GenerateStringKey: 'password',
        PasswordLength: 41,
        SecretStringTemplate: JSON.stringify({ username: 'mcp', ssl: true }),
      }),
      KmsKeyId: Match.absent(),
    });
    const [cluster] = Object.values(template.findResources('AWS::DocDB::DBCluster'));
    expect(JSON.stringify(cluster!.Properties.MasterUserPassword)).toContain('{{resolve:secretsmanager:');
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
    template.resourceCountIs('AWS::Serverless::Application', 0);
  });

  test('is reached by nobody yet, and reaches nobody', () => {
    expect(ingressEdges(template, [])).toEqual([]);
    expect(egressToAddresses(template)).toEqual([]);
  });

  test('is in the private subnets of the network, two at least', () => {
    template.hasResourceProperties('AWS::DocDB::DBSubnetGroup', {
      SubnetIds: [
        { Ref: Match.stringLikeRegexp('NetworkVpcInsideSubnet1') },
        { Ref: Match.stringLikeRegexp('NetworkVpcInsideSubnet2') },
      ],
    });
  });
});

describe('what can be said about a cluster', () => {
  test('serverless capacity, several instances', () => {
    const template = clusterTemplate({
      capacity: DocumentDbCapacity.serverless({ minCapacity: 1.5, maxCapacity: 256 }),
      instances: 2,
    });
    template.hasResourceProperties('AWS::DocDB::DBCluster', {
      ServerlessV2ScalingConfiguration: { MinCapacity: 1.5, MaxCapacity: 256 },
    });
    template.resourceCountIs('AWS::DocDB::DBInstance', 2);
  });

  test('instances of a type', () => {
    const type = ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM);
    const template = clusterTemplate({ capacity: DocumentDbCapacity.provisioned(type), instances: 3 });
    template.resourceCountIs('AWS::DocDB::DBInstance', 3);
    template.allResourcesProperties('AWS::DocDB::DBInstance', { DBInstanceClass: 'db.t4g.medium' });
    template.hasResourceProperties('AWS::DocDB::DBCluster', { ServerlessV2ScalingConfiguration: Match.absent() });
  });

  test('keys of a customer, for the data and for the secret', () => {
    const stack = testStack();
    const key = (id: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(id), 'Arn'] });
    const options = {
      encryptionKey: new kms.Key(stack, 'DataKey'),
      secretEncryptionKey: new kms.Key(stack, 'SecretKey'),
    };
    const template = clusterTemplate(options, stack);
    template.hasResourceProperties('AWS::DocDB::DBCluster', { KmsKeyId: key('DataKey') });
    template.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: key('SecretKey') });
  });

  test('engine, port, backups; no logs', () => {
    const template = clusterTemplate({
      engineVersion: '8.0.0',
      port: 27018,
      backupRetention: Duration.days(35),
      logs: false,
    });
    template.hasResourceProperties('AWS::DocDB::DBCluster', {
      EngineVersion: '8.0.0',
      Port: 27018,
      BackupRetentionPeriod: 35,
      EnableCloudwatchLogsExports: Match.absent(),
    });
    template.hasResourceProperties('AWS::DocDB::DBClusterParameterGroup', {
      Family: 'docdb8.0',
      Parameters: Match.objectLike({ tls: 'tls1.2+', audit_logs: 'disabled', profiler: 'disabled' }),
    });
  });

  test('a password that is replaced, by a function that reaches database and secret and nothing else', () => {
    const template = clusterTemplate({ rotateAfter: Duration.days(30) });
    template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: false,
    });
    // The schedule refers to the function of this application, so that it comes later still.
    template.hasResource('AWS::Serverless::Application', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^DocumentsInstance1')]),
    });
    template.hasResourceProperties('AWS::Serverless::Application', {
      Parameters: Match.objectLike({ excludeCharacters: '"@/' }),
    });
    expect(
      ingressEdges(template, ['RotationSecurityGroup', 'DocumentsSecurityGroup', 'EndpointSecretsmanager']),
    ).toEqual([
      'RotationSecurityGroup → DocumentsSecurityGroup:its port',
      'RotationSecurityGroup → EndpointSecretsmanager:443',
    ]);
    expect(egressToAddresses(template).filter((rule) => !rule.includes('Endpoint'))).toEqual([]);
  });

  test('instances of a type are waited for before the password is replaced, too', () => {
    const type = ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM);
    const capacity = DocumentDbCapacity.provisioned(type);
    const template = clusterTemplate({ capacity, rotateAfter: Duration.days(30) });
    template.hasResource('AWS::Serverless::Application', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^DocumentsClusterInstance1')]),
    });
  });

  test.each([
    [RemovalPolicy.RETAIN, undefined, true],
    [RemovalPolicy.SNAPSHOT, undefined, false],
    [RemovalPolicy.SNAPSHOT, true, true],
    [RemovalPolicy.RETAIN, false, false],
  ])('%s, deletionProtection %s: protected is %s', (removalPolicy, deletionProtection, DeletionProtection) => {
    const template = clusterTemplate({ removalPolicy, deletionProtection });
    template.hasResourceProperties('AWS::DocDB::DBCluster', { DeletionProtection });
  });

  test('a cluster that may go', () => {
    const template = clusterTemplate({ removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource('AWS::DocDB::DBCluster', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: false },
    });
  });

  test('a cluster that is retained keeps all that it needs', () => {
    const template = clusterTemplate({ removalPolicy: RemovalPolicy.RETAIN });
    for (const type of [
      'AWS::DocDB::DBCluster',
      'AWS::DocDB::DBInstance',
      'AWS::DocDB::DBSubnetGroup',
      'AWS::DocDB::DBClusterParameterGroup',
      'AWS::SecretsManager::Secret',
      'AWS::EC2::SecurityGroup',
    ]) {
      const found = Object.values(template.findResources(type));
      expect(found.length).toBeGreaterThan(0);
      for (const { DeletionPolicy } of found) expect([type, DeletionPolicy]).toEqual([type, 'Retain']);
    }
  });
});

describe('limits of DocumentDB', () => {
  test.each([0, 17, 1.5])('%d instances are refused', (instances) => {
    expect(() => clusterTemplate({ instances })).toThrow(
      `instances must be a whole number of instances, 1 to 16, got ${instances}`,
    );
  });

  test.each([1149, 65_536, 27_017.5])('the port %d is refused', (port) => {
    expect(() => clusterTemplate({ port })).toThrow(`port must be a whole number of ports, 1150 to 65535, got ${port}`);
  });

  test.each([Duration.days(0), Duration.days(36), Duration.hours(36)])(
    'backups of %s are refused',
    (backupRetention) => {
      expect(() => clusterTemplate({ backupRetention })).toThrow(
        'backupRetention must be a whole number of days, 1 to 35',
      );
    },
  );

  test.each([Duration.hours(5), Duration.days(1001)])('a new password every %s is refused', (rotateAfter) => {
    expect(() => clusterTemplate({ rotateAfter })).toThrow('rotateAfter must be a whole number of days, 1 to 1000');
  });

  test.each(['5', '5.0', 'latest', ''])('the version %j is refused', (engineVersion) => {
    expect(() => clusterTemplate({ engineVersion })).toThrow(
      `engineVersion must be three numbers such as "5.0.0", got ${JSON.stringify(engineVersion)}`,
    );
  });

  test('serverless capacity on an engine that has none is refused', () => {
    expect(() => clusterTemplate({ engineVersion: '4.0.0' })).toThrow('requires engine version 5.0.0 or higher');
  });

  test.each([
    ['minCapacity', { minCapacity: 0 }, '0.5 to 256 DocumentDB capacity units in steps of 0.5, got 0'],
    ['minCapacity', { minCapacity: 0.7 }, '0.5 to 256 DocumentDB capacity units in steps of 0.5, got 0.7'],
    ['maxCapacity', { maxCapacity: 0.5 }, '1 to 256 DocumentDB capacity units in steps of 0.5, got 0.5'],
    ['maxCapacity', { maxCapacity: 257 }, '1 to 256 DocumentDB capacity units in steps of 0.5, got 257'],
  ])('%s of %j is refused', (name, props, problem) => {
    expect(() => DocumentDbCapacity.serverless(props)).toThrow(`${name} must be ${problem}`);
  });

  test('a least capacity above the most is refused', () => {
    expect(() => DocumentDbCapacity.serverless({ minCapacity: 8 })).toThrow('minCapacity 8 is more than maxCapacity 4');
  });

  test('a cluster to delete that cannot be deleted is refused', () => {
    expect(() => clusterTemplate({ deletionProtection: true, removalPolicy: RemovalPolicy.DESTROY })).toThrow(
      'deletionProtection: true contradicts removalPolicy: DESTROY',
    );
  });
});
