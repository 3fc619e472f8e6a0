import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';

import { RuntimePart } from '../../../../lib/index.ts';
import { RocksDbStorage } from '../../../../lib/storage/rocksdb/rocksdb-storage.ts';
import { McpStorage } from '../../../../lib/index.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';

test('a database of one task, which ends with the task', () => {
  expect(new RocksDbStorage({})).toMatchObject({
    url: 'rocksdb:///mnt/mcp',
    parts: [RuntimePart.ROCKSDB_STORE],
    durable: false,
    shared: false,
    singleTask: true,
    unfitForState: 'would lose clients and tokens, or hide them from other instances',
  });
});

test('all other storage is for as many tasks as are wanted', () => {
  expect(testServer().storage.singleTask).toBe(false);
});

test('a task gets a volume on its ephemeral storage, which the container may write', () => {
  const stack = testStack();
  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  const container = task.addContainer('Server', { image: ecs.ContainerImage.fromRegistry('example') });
  const [mount] = new RocksDbStorage({ mountPath: '/mnt/rocks' }).mounts;
  mount!.addToTask(task, container);
  const [definition] = Object.values(templateOf(stack).findResources('AWS::ECS::TaskDefinition'));
  expect(definition!.Properties.Volumes).toEqual([{ Name: 'mcp' }]);
  expect(definition!.Properties.ContainerDefinitions[0].MountPoints).toEqual([
    { ContainerPath: '/mnt/rocks', SourceVolume: 'mcp', ReadOnly: false },
  ]);
});

test('a function is told that it has no such volume, and what to use', () => {
  expect(() => testServer({ storage: McpStorage.rocksDb() })).toThrow(
    'RocksDB needs the volume of a single task, which a Lambda function does not have: use McpStorage.disk() for files, ' +
      'or McpStorage.dynamoDb()',
  );
});

test('nothing is granted: there is nothing outside of the task', () => {
  const stack = testStack();
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
  new RocksDbStorage({}).grants.readWrite(role);
  templateOf(stack).resourceCountIs('AWS::IAM::Policy', 0);
});

test.each(['/data', '/mnt/', '/mnt/a/b'])('%j is no place to mount at', (mountPath) => {
  expect(() => new RocksDbStorage({ mountPath })).toThrow(`got ${JSON.stringify(mountPath)}: leave it out`);
});
