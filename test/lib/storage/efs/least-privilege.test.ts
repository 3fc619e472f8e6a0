import { McpFileSystem, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import { decide } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';

const FILES = arn('elasticfilesystem', 'file-system/fs-1');
const OTHER_FILES = arn('elasticfilesystem', 'file-system/fs-2');
const OTHER_FOLDER = arn('elasticfilesystem', 'access-point/fsap-news');

const stack = testStack();
const network = new McpNetwork(stack, 'Network');
const files = new McpFileSystem(stack, 'Files', { network });
testServer({ storage: McpStorage.fromFileSystem(files.fileSystem), network }, stack);
const template = templateOf(stack);
const role = policyOf(template, 'ComputeRole', {
  FilesFileSystem: FILES,
  StorageFolder: 'fsap-weather',
  ComputeLogs: arn('logs', 'log-group:weather'),
  KeysSecret: arn('secretsmanager', 'secret:Keys-AbCdEf'),
});
const FOLDER = arn('elasticfilesystem', 'access-point/fsap-weather');
const [fileSystem] = Object.values(template.findResources('AWS::EFS::FileSystem'));
const filePolicy = fileSystem!.Properties.FileSystemPolicy.Statement as object[];

interface Attempt {
  readonly action?: string;
  readonly folder?: string;
  readonly secure?: string;
  readonly viaTarget?: string;
  readonly files?: string;
}

/** What EFS decides with both policies, as for a mount by TLS through the server's own access point unless said otherwise. */
const attempt = ({ action = 'ClientMount', folder, secure = 'true', viaTarget = 'true', files = FILES }: Attempt) =>
  decide(
    role,
    {
      action: `elasticfilesystem:${action}`,
      resource: files,
      context: {
        'aws:SecureTransport': secure,
        'elasticfilesystem:AccessedViaMountTarget': viaTarget,
        ...(folder !== undefined && { 'elasticfilesystem:AccessPointArn': folder }),
      },
    },
    filePolicy,
  );

test.each(['ClientMount', 'ClientWrite'])('%s through its own access point is allowed', async (action) => {
  await expect(attempt({ action, folder: FOLDER })).resolves.toBe('Allowed');
});

test.each<[string, string, Attempt]>([
  ["the folder of another server's access point", 'ImplicitlyDenied', { folder: OTHER_FOLDER }],
  [
    "writing through another server's access point",
    'ImplicitlyDenied',
    { action: 'ClientWrite', folder: OTHER_FOLDER },
  ],
  ['another file system', 'ImplicitlyDenied', { folder: FOLDER, files: OTHER_FILES }],
  ['other ways than a mount target', 'ImplicitlyDenied', { folder: FOLDER, viaTarget: 'false' }],
  ['the whole tree, past access points', 'ExplicitlyDenied', {}],
  ['writing to the whole tree', 'ExplicitlyDenied', { action: 'ClientWrite' }],
  ['a connection without TLS', 'ExplicitlyDenied', { folder: FOLDER, secure: 'false' }],
  ['being root', 'ExplicitlyDenied', { action: 'ClientRootAccess', folder: FOLDER }],
  ['deleting the file system', 'ImplicitlyDenied', { action: 'DeleteFileSystem', folder: FOLDER }],
  ['making an access point', 'ImplicitlyDenied', { action: 'CreateAccessPoint', folder: FOLDER }],
  ['changing the policy', 'ImplicitlyDenied', { action: 'PutFileSystemPolicy', folder: FOLDER }],
])('%s: %s', async (_name, result, call) => {
  await expect(attempt(call)).resolves.toBe(result);
});

test('somebody without a role is let in by neither policy', async () => {
  const call = {
    action: 'elasticfilesystem:ClientMount',
    resource: FILES,
    context: { 'aws:SecureTransport': 'true', 'elasticfilesystem:AccessPointArn': FOLDER },
  };
  await expect(decide([], call, filePolicy)).resolves.toBe('ImplicitlyDenied');
});
