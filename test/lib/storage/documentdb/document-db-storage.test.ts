import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { McpDocumentDb, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import type { McpServer, MongoDbStorageProps } from '../../../../lib/index.ts';
import { parseMongoDbUrl } from '../../../../lambda/store/mongodb/url.ts';
import { decide, KEY_POLICY } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { ingressEdges } from '../../support/security-groups.ts';
import { ENV, silenceWarnings, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const PASSWORD = `arn:aws:secretsmanager:eu-west-1:${ENV.account}:secret:weather-user-AbCdEf`;

function importedCluster(stack: Stack) {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-1', 'subnet-2'],
  });
  const cluster = docdb.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', {
    clusterIdentifier: 'shared',
    clusterEndpointAddress: 'shared.cluster-abc.eu-west-1.docdb.amazonaws.com',
    port: 27018,
    securityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'ClusterGroup', 'sg-cluster'),
  });
  const credentials = secretsmanager.Secret.fromSecretCompleteArn(stack, 'User', PASSWORD);
  return { network: new McpNetwork(stack, 'Network', { vpc }), cluster, credentials };
}

function urlOf(server: McpServer): string {
  const [handler] = Object.values(templateOf(server).findResources('AWS::Lambda::Function'));
  const value: unknown = handler!.Properties.Environment.Variables.MCP_STORE_URL;
  if (typeof value === 'string') return value;
  const parts = (value as { 'Fn::Join': [string, (string | { Ref?: string })[]] })['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : part.Ref ? PASSWORD : 'host')).join('');
}

const database = (props?: MongoDbStorageProps, serverName = 'weather') =>
  testServer({ serverName, storage: McpStorage.mongoDb(props) });

describe('a database of a new cluster', () => {
  test('is what the URL says, as the adapter reads it', () => {
    const url = urlOf(database());
    expect(url).toBe(
      `mongodb+tls://host:host/weather?secret=${PASSWORD}&ca=rds&retryWrites=false&replicaSet=rs0&authMechanism=SCRAM-SHA-1`,
    );
    expect(parseMongoDbUrl(new URL(url.replace('host:host', 'host:27017')))).toMatchObject({
      host: 'host:27017',
      tls: true,
      database: 'weather',
      secret: PASSWORD,
      ca: 'rds',
      replicaSet: 'rs0',
      retryWrites: false,
      authMechanism: 'SCRAM-SHA-1',
    });
  });

  test('holds no password in the template', () => {
    expect(JSON.stringify(templateOf(database()).findResources('AWS::Lambda::Function'))).not.toContain('resolve:');
  });

  test('lasts, is shared by all instances, and may hold OAuth state', () => {
    expect(database().storage).toMatchObject({ durable: true, shared: true, unfitForState: undefined });
  });

  test('goes with the server when the server says so', () => {
    const server = testServer({ storage: McpStorage.mongoDb(), removalPolicy: RemovalPolicy.DESTROY });
    templateOf(server).hasResource('AWS::DocDB::DBCluster', { DeletionPolicy: 'Delete' });
  });

  test('is reached by the server, in an isolated network, and the server reaches it and its secrets', () => {
    const template = templateOf(database());
    const edges = ingressEdges(template, ['ComputeSecurityGroup', 'StorageSecurityGroup', 'EndpointSecretsmanager']);
    expect(edges).toEqual([
      'ComputeSecurityGroup → EndpointSecretsmanager:443',
      'ComputeSecurityGroup → StorageSecurityGroup:its port',
    ]);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
  });
});

describe('names of databases', () => {
  test.each([
    ['weather.eu', undefined, 'weather_eu'],
    ['weather', 'other-database', 'other-database'],
    ['weather', 'Prognose für morgen'.replaceAll(' ', '-'), 'Prognose-f%C3%BCr-morgen'],
  ])('server %j, database %j: %s', (serverName, name, path) => {
    expect(urlOf(database({ database: name }, serverName))).toContain(`/${path}?secret=`);
  });

  test.each(['admin', 'Local', 'config'])('%j is refused: it is of MongoDB itself', (name) => {
    expect(() => database({ database: name })).toThrow(`the database ${JSON.stringify(name)} is MongoDB's own`);
    expect(() => database({}, name)).toThrow("choose another by database: '…', or another serverName");
  });

  test.each(['', 'a b', 'a.b', 'a/b', 'a$b', 'a'.repeat(64)])('%j is refused', (name) => {
    expect(() => database({ database: name })).toThrow(`got ${JSON.stringify(name)}`);
  });
});

describe('a cluster that exists', () => {
  test('of somebody else: is used with the user that is given, and not altered', () => {
    const stack = testStack();
    const { network, cluster, credentials } = importedCluster(stack);
    const server = testServer({ storage: McpStorage.fromCluster(cluster, { credentials }), network }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::DocDB::DBCluster', 0);
    expect(urlOf(server)).toBe(
      'mongodb+tls://shared.cluster-abc.eu-west-1.docdb.amazonaws.com:27018/weather' +
        `?secret=${PASSWORD}&ca=rds&retryWrites=false&replicaSet=rs0&authMechanism=SCRAM-SHA-1`,
    );
    expect(ingressEdges(template, ['ComputeSecurityGroup', 'sg-cluster'])).toEqual([
      'ComputeSecurityGroup → sg-cluster:27018',
    ]);
  });

  test('with credentials whose name has a plus: the runtime reads that name', () => {
    const stack = testStack();
    const { network, cluster } = importedCluster(stack);
    const named = PASSWORD.replace('weather-user', 'weather+user');
    const credentials = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Plus', named);
    const server = testServer({ storage: McpStorage.fromCluster(cluster, { credentials }), network }, stack);
    expect(new URL(urlOf(server)).searchParams.get('secret')).toBe(named);
  });

  test('for a server in no network is refused, with what to do', () => {
    const stack = testStack();
    const { cluster, credentials } = importedCluster(stack);
    expect(() => testServer({ storage: McpStorage.fromCluster(cluster, { credentials }) }, stack)).toThrow(
      'this cluster is in a network, and the server "Test/Server" is in none',
    );
  });

  test('of another stack is shared by servers with databases of their own', () => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const { cluster, credentials } = new McpDocumentDb(data, 'Documents', { network });
    const storage = McpStorage.fromCluster(cluster, { credentials });
    const one = testServer({ storage }, testStack(app, 'One'));
    const two = testServer({ storage, serverName: 'news' }, testStack(app, 'Two'));
    expect(JSON.stringify(templateOf(one).toJSON())).toContain('/weather?secret=');
    expect(JSON.stringify(templateOf(two).toJSON())).toContain('/news?secret=');
    templateOf(data).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test.each([
    ['weather', 'weather', 'two servers named "weather" would share'],
    ['Weather', 'weather', 'the servers "Weather" and "weather", both "weather" there, would share'],
    ['a.b', 'a_b', 'the servers "a.b" and "a_b", both "a_b" there, would share'],
  ])('servers %j and %j cannot share it: their databases are one', (first, second, problem) => {
    const app = testApp();
    const data = testStack(app, 'Data');
    const network = new McpNetwork(data, 'Network');
    const { cluster, credentials } = new McpDocumentDb(data, 'Documents', { network });
    const storage = McpStorage.fromCluster(cluster, { credentials });
    testServer({ storage, network, serverName: first }, testStack(app, 'One'));
    expect(() => testServer({ storage, network, serverName: second }, testStack(app, 'Two'))).toThrow(
      `${problem} one namespace of one cluster: "One/Server" and "Two/Server"; give one of them another serverName`,
    );
  });

  test('a second server of one McpStorage.mongoDb() is told how to share', () => {
    const app = testApp();
    const storage = McpStorage.mongoDb();
    testServer({ storage }, testStack(app, 'One'));
    expect(() => testServer({ storage }, testStack(app, 'Two'))).toThrow(
      'this McpStorage.mongoDb() already made the cluster of "One/Server": share it with "Two/Server" by new McpDocumentDb(…)',
    );
  });
});

describe('the role of a server', () => {
  const stack = testStack();
  const KEY = arn('kms', 'key/1');
  const key = new kms.Key(stack, 'Customer');
  testServer({ storage: McpStorage.mongoDb({ secretEncryptionKey: key }) }, stack);
  const SECRET = arn('secretsmanager', 'secret:Documents-AbCdEf');
  const role = policyOf(templateOf(stack), 'ComputeRole', {
    StorageClusterSecretAttachment: SECRET,
    KeysSecret: arn('secretsmanager', 'secret:Keys-AbCdEf'),
    ComputeLogs: arn('logs', 'log-group:weather'),
    Customer: KEY,
  });
  const through = (service: string) => ({ 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` });

  test('reads its credentials, with their key', async () => {
    await expect(decide(role, { action: 'secretsmanager:GetSecretValue', resource: SECRET })).resolves.toBe('Allowed');
    const decrypt = { action: 'kms:Decrypt', resource: KEY, context: through('secretsmanager') };
    await expect(decide(role, decrypt, KEY_POLICY)).resolves.toBe('Allowed');
  });

  test.each([
    ['changes them', 'secretsmanager:PutSecretValue', SECRET],
    ['describes them', 'secretsmanager:DescribeSecret', SECRET],
    ["reads another server's", 'secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:Other-AbCdEf')],
    ['describes the cluster', 'rds:DescribeDBClusters', arn('rds', 'cluster:shared')],
    ['changes the cluster', 'rds:ModifyDBCluster', arn('rds', 'cluster:shared')],
  ])('never %s', async (_name, action, resource) => {
    await expect(decide(role, { action, resource })).resolves.toBe('ImplicitlyDenied');
  });

  test('never decrypts what is not a secret', async () => {
    const decrypt = { action: 'kms:Decrypt', resource: KEY, context: through('s3') };
    await expect(decide(role, decrypt, KEY_POLICY)).resolves.toBe('ImplicitlyDenied');
  });

  test('of an imported cluster is granted the secret that was given', () => {
    const other = testStack();
    const { network, cluster, credentials } = importedCluster(other);
    testServer({ storage: McpStorage.fromCluster(cluster, { credentials }), network }, other);
    templateOf(other).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'secretsmanager:GetSecretValue', Resource: Match.arrayWith([PASSWORD]) }),
        ]),
      },
    });
  });
});
