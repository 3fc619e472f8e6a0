import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as efs from 'aws-cdk-lib/aws-efs';

import { McpCompute, McpFileSystem, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import type { DiskStorageProps } from '../../../../lib/index.ts';
import { FILE_SYSTEM_ACTIONS } from '../../../../lib/storage/efs/access-point-grants.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { ENV, silenceWarnings, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const ACCESS_POINT = `arn:aws:elasticfilesystem:eu-west-1:${ENV.account}:access-point/fsap-0123456789abcdef0`;

const diskTemplate = (props?: DiskStorageProps) => templateOf(testServer({ storage: McpStorage.disk(props) }));

function importedFiles(stack: Stack): { network: McpNetwork; fileSystem: efs.IFileSystem; vpc: ec2.IVpc } {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-1', 'subnet-2'],
  });
  const fileSystem = efs.FileSystem.fromFileSystemAttributes(stack, 'Files', {
    fileSystemId: 'fs-0123456789abcdef0',
    securityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'FilesGroup', 'sg-files'),
  });
  return { network: new McpNetwork(stack, 'Network', { vpc }), fileSystem, vpc };
}

describe('a folder of a new file system', () => {
  test('is mounted by the function, in an isolated network', () => {
    const template = diskTemplate();
    template.hasResource('AWS::Lambda::Function', {
      Properties: {
        FileSystemConfigs: [{ LocalMountPath: '/mnt/mcp', Arn: Match.anyValue() }],
        VpcConfig: Match.objectLike({ SubnetIds: [Match.anyValue(), Match.anyValue()] }),
        Environment: { Variables: Match.objectLike({ MCP_STORE_URL: 'file:///mnt/mcp' }) },
      },
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('StorageFileSystemEfsMountTarget'),
        Match.stringLikeRegexp('StorageFileSystemEfsMountTarget'),
        Match.stringLikeRegexp('StorageSecurityGroupfrom'),
      ]),
    });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
  });

  test('is the root of what the server sees, under a user of its own', () => {
    diskTemplate().hasResourceProperties('AWS::EFS::AccessPoint', {
      FileSystemId: { Ref: Match.stringLikeRegexp('StorageFileSystem') },
      PosixUser: { Uid: '1000', Gid: '1000' },
      RootDirectory: { Path: '/weather', CreationInfo: { OwnerUid: '1000', OwnerGid: '1000', Permissions: '0750' } },
    });
  });

  test('has the place, the owner and the permissions that are wanted', () => {
    const template = diskTemplate({ mountPath: '/mnt/store.1', uid: 1, gid: 4_294_967_295, permissions: '700' });
    template.hasResourceProperties('AWS::EFS::AccessPoint', {
      PosixUser: { Uid: '1', Gid: '4294967295' },
      RootDirectory: { CreationInfo: { OwnerUid: '1', OwnerGid: '4294967295', Permissions: '700' } },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FileSystemConfigs: [{ LocalMountPath: '/mnt/store.1' }],
      Environment: { Variables: Match.objectLike({ MCP_STORE_URL: 'file:///mnt/store.1' }) },
    });
  });

  test('goes with the server when the server says so, unless it says something itself', () => {
    const of = (props?: DiskStorageProps) =>
      templateOf(testServer({ storage: McpStorage.disk(props), removalPolicy: RemovalPolicy.DESTROY }));
    of().hasResource('AWS::EFS::FileSystem', { DeletionPolicy: 'Delete' });
    of({ removalPolicy: RemovalPolicy.RETAIN }).hasResource('AWS::EFS::FileSystem', { DeletionPolicy: 'Retain' });
  });

  test('lives in the network of the server when there is one', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Shared', { natGateways: 1 });
    testServer({ storage: McpStorage.disk(), network }, stack);
    templateOf(stack).resourceCountIs('AWS::EC2::VPC', 1);
    templateOf(stack).allResourcesProperties('AWS::EFS::MountTarget', {
      SubnetId: { Ref: Match.stringLikeRegexp('SharedVpcInsideSubnet') },
    });
  });
});

describe('connections', () => {
  const template = diskTemplate();

  test('are those from the server to the files and to its keys, and no others', () => {
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'StorageSecurityGroup', 'EndpointSecretsmanager'])).toEqual([
      'ComputeSecurityGroup → EndpointSecretsmanager:443',
      'ComputeSecurityGroup → StorageSecurityGroup:2049',
    ]);
  });

  test('of the server and of the files lead to no addresses', () => {
    expect(egressToAddresses(template).filter((rule) => !rule.includes('Endpoint'))).toEqual([]);
  });

  test('to files of another stack are made beside the server', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const { fileSystem } = new McpFileSystem(data, 'Files', { network });
    const server = testServer({ storage: McpStorage.fromFileSystem(fileSystem), network }, testStack(app, 'Servers'));
    templateOf(server).resourcePropertiesCountIs('AWS::EC2::SecurityGroupIngress', { FromPort: 2049 }, 1);
    templateOf(data).resourcePropertiesCountIs('AWS::EC2::SecurityGroupIngress', { FromPort: 2049 }, 0);
  });
});

describe('grants', () => {
  test('mount and write through the access point, of this file system', () => {
    diskTemplate().hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: FILE_SYSTEM_ACTIONS,
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('StorageFileSystem'), 'Arn'] },
            Condition: {
              StringEquals: { 'elasticfilesystem:AccessPointArn': Match.anyValue() },
              Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' },
            },
          },
        ]),
      },
    });
  });

  test('are made once: nothing comes with the mount', () => {
    const policies = JSON.stringify(diskTemplate().findResources('AWS::IAM::Policy'));
    expect(policies.split('elasticfilesystem:ClientMount')).toHaveLength(2);
    expect(policies).not.toContain('ClientRootAccess');
  });
});

describe('what the storage says of itself', () => {
  const { storage } = testServer({ storage: McpStorage.disk() });

  test('it lasts, all instances share it, and OAuth state has no place in it', () => {
    expect(storage).toMatchObject({ durable: true, shared: true });
    expect(storage.unfitForState).toMatch(/^is a network file system/);
  });
});

describe('a file system that exists', () => {
  test('of somebody else: gets an access point, and is not altered', () => {
    const stack = testStack();
    const { network, fileSystem } = importedFiles(stack);
    testServer({ storage: McpStorage.fromFileSystem(fileSystem, { uid: 7 }), network }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EFS::FileSystem', 0);
    template.resourceCountIs('AWS::EFS::MountTarget', 0);
    template.hasResourceProperties('AWS::EFS::AccessPoint', {
      FileSystemId: 'fs-0123456789abcdef0',
      PosixUser: { Uid: '7', Gid: '1000' },
    });
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'sg-files'])).toEqual([
      'ComputeSecurityGroup → sg-files:2049',
    ]);
  });

  test('in the network of compute', () => {
    const stack = testStack();
    const { vpc, fileSystem } = importedFiles(stack);
    testServer({ storage: McpStorage.fromFileSystem(fileSystem), compute: McpCompute.lambda({ vpc }) }, stack);
    templateOf(stack).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: Match.objectLike({ SubnetIds: ['subnet-1', 'subnet-2'] }),
    });
  });

  test('for a server in no network is refused, with what to do', () => {
    const stack = testStack();
    const { fileSystem } = importedFiles(stack);
    expect(() => testServer({ storage: McpStorage.fromFileSystem(fileSystem) }, stack)).toThrow(
      'this file system is in a network, and the server "Test/Server" is in none: give the server that network',
    );
  });

  test('shared by two servers: each has a folder that the other cannot mount', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const { fileSystem } = new McpFileSystem(stack, 'Files', { network });
    const [weather, news] = ['weather', 'news'].map((serverName) => {
      const inner = new Stack(stack, serverName, { env: ENV });
      return testServer({ serverName, storage: McpStorage.fromFileSystem(fileSystem), network }, inner);
    });
    for (const server of [weather!, news!]) {
      const template = templateOf(server);
      template.resourceCountIs('AWS::EFS::AccessPoint', 1);
      template.hasResourceProperties('AWS::EFS::AccessPoint', { RootDirectory: { Path: `/${server.serverName}` } });
      template.hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: FILE_SYSTEM_ACTIONS,
              Condition: Match.objectLike({ StringEquals: Match.anyValue() }),
            }),
          ]),
        },
      });
    }
  });

  test('of the application: the server is put into its network, and refused where it is in another', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const { fileSystem } = new McpFileSystem(data, 'Files', { network: new McpNetwork(data, 'Network') });
    const storage = McpStorage.fromFileSystem(fileSystem);
    const other = testStack(app, 'Other');
    expect(() => testServer({ storage, network: new McpNetwork(other, 'Network') }, other)).toThrow(
      'the storage of "Other/Server" is in the network "Data/Network/Vpc", the server in "Other/Network/Vpc": give both the same',
    );
    const server = testServer({ storage }, testStack(app, 'Servers'));
    templateOf(server).resourceCountIs('AWS::EC2::VPC', 0);
    templateOf(server).resourcePropertiesCountIs('AWS::EC2::SecurityGroupEgress', { FromPort: 2049 }, 1);
  });

  test('two servers of one name cannot share it', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const { fileSystem } = new McpFileSystem(data, 'Files', { network });
    const storage = McpStorage.fromFileSystem(fileSystem);
    testServer({ storage, network }, testStack(app, 'One'));
    expect(() => testServer({ storage, network }, testStack(app, 'Two'))).toThrow(
      'two servers named "weather" would share one namespace of one file system: "One/Server" and "Two/Server"',
    );
  });

  test('a second server of one McpStorage.disk() is told how to share', () => {
    const app = testApp();
    const storage = McpStorage.disk();
    testServer({ storage }, testStack(app, 'One'));
    expect(() => testServer({ storage }, testStack(app, 'Two'))).toThrow(
      'this McpStorage.disk() already made the file system of "One/Server": share it with "Two/Server" by ' +
        'new McpFileSystem(…) and McpStorage.fromFileSystem(files.fileSystem)',
    );
  });
});

describe('an access point that exists', () => {
  const accessPointIn = (stack: Stack, fileSystem?: efs.IFileSystem) =>
    efs.AccessPoint.fromAccessPointAttributes(stack, 'Folder', { accessPointArn: ACCESS_POINT, fileSystem });

  test('is mounted as it is', () => {
    const stack = testStack();
    const { network, fileSystem } = importedFiles(stack);
    const storage = McpStorage.fromAccessPoint(accessPointIn(stack, fileSystem), { mountPath: '/mnt/theirs' });
    testServer({ storage, network }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::EFS::AccessPoint', 0);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FileSystemConfigs: [{ Arn: ACCESS_POINT, LocalMountPath: '/mnt/theirs' }],
      Environment: { Variables: Match.objectLike({ MCP_STORE_URL: 'file:///mnt/theirs' }) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: FILE_SYSTEM_ACTIONS,
            Condition: Match.objectLike({ StringEquals: { 'elasticfilesystem:AccessPointArn': ACCESS_POINT } }),
          }),
        ]),
      },
    });
  });

  test('is for one server', () => {
    const stack = testStack();
    const { network, fileSystem } = importedFiles(stack);
    const storage = McpStorage.fromAccessPoint(accessPointIn(stack, fileSystem));
    testServer({ storage, network }, stack);
    const inner = new Stack(stack, 'Inner', { env: ENV });
    expect(() => testServer({ storage, network, serverName: 'news' }, inner)).toThrow(
      'the servers "weather" and "news" would share one access point: "Test/Server" and "Test/Inner/Server"; ' +
        'give each an access point of its own',
    );
  });

  test('that does not say of which file system it is, is refused', () => {
    const stack = testStack();
    const { network } = importedFiles(stack);
    expect(() => testServer({ storage: McpStorage.fromAccessPoint(accessPointIn(stack)), network }, stack)).toThrow(
      'the access point "Test/Folder" does not say which file system it is of: import it by',
    );
  });
});

describe('a task mounts the folder too', () => {
  const stack = testStack();
  const { mounts } = testServer({ storage: McpStorage.disk() }, stack).storage;
  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  const container = task.addContainer('Server', { image: ecs.ContainerImage.fromRegistry('example') });
  mounts[0]!.addToTask(task, container);

  test('encrypted on the way, through the access point, with the role of the task', () => {
    templateOf(stack).hasResource('AWS::ECS::TaskDefinition', {
      Properties: {
        Volumes: [
          {
            Name: 'mcp',
            EFSVolumeConfiguration: {
              FilesystemId: { Ref: Match.stringLikeRegexp('StorageFileSystem') },
              TransitEncryption: 'ENABLED',
              AuthorizationConfig: { AccessPointId: { Ref: Match.stringLikeRegexp('StorageFolder') }, IAM: 'ENABLED' },
            },
          },
        ],
        ContainerDefinitions: [
          Match.objectLike({ MountPoints: [{ ContainerPath: '/mnt/mcp', SourceVolume: 'mcp', ReadOnly: false }] }),
        ],
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('EfsMountTarget')]),
    });
  });
});

describe('limits', () => {
  test.each(['/mnt/', '/mnt/a/b', '/tmp/mcp', 'mnt/mcp', '/mnt/ä', '/mnt/..', `/mnt/${'a'.repeat(156)}`])(
    '%j is no place to mount at',
    (mountPath) => {
      expect(() => diskTemplate({ mountPath })).toThrow(
        `got ${JSON.stringify(mountPath)}: leave it out for "/mnt/mcp"`,
      );
    },
  );

  test.each(['/mnt/a', `/mnt/${'a'.repeat(155)}`])('%j is a place to mount at', (mountPath) => {
    diskTemplate({ mountPath }).hasResourceProperties('AWS::Lambda::Function', {
      FileSystemConfigs: [{ LocalMountPath: mountPath }],
    });
  });

  test.each([0, -1, 1.5, 4_294_967_296])('the id %d is refused', (id) => {
    const problem = `must be a whole number of POSIX ids (0 is root), 1 to 4294967295, got ${id}`;
    expect(() => diskTemplate({ uid: id })).toThrow(`uid ${problem}`);
    expect(() => diskTemplate({ gid: id })).toThrow(`gid ${problem}`);
  });

  test.each(['0650', '77', '0798', 'rwx', '01750'])('the permissions %j are refused', (permissions) => {
    expect(() => diskTemplate({ permissions })).toThrow(`such as "0750", got ${JSON.stringify(permissions)}`);
  });
});
