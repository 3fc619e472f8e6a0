import type { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import type { McpServer } from '../../../lib/index.ts';
import { CacheAccess, CacheShape, McpStorage, OpenSearchShape } from '../../../lib/index.ts';
import type { Call } from '../support/decide.ts';
import { arn } from '../support/role-policy.ts';
import type { Arns } from '../support/role-policy.ts';
import { ENV } from '../support/test-app.ts';

const TABLE = arn('dynamodb', 'table/weather-table');
/** ARNs that a deployment could have given. */
export const KEYS = arn('secretsmanager', 'secret:Keys-AbCdEf');
const PASSWORD = arn('secretsmanager', 'secret:Password-AbCdEf');
export const OTHER_SECRET = arn('secretsmanager', 'secret:Other-AbCdEf');
const DOMAIN = arn('es', 'domain/weather');
const COLLECTION = arn('aoss', 'collection/abc123');
const FILES = arn('elasticfilesystem', 'file-system/fs-1');
const GROUP = arn('elasticache', 'replicationgroup:weather-nodes');
export const LOGS = arn('logs', 'log-group:weather-logs');
export const IMAGES = arn('ecr', `repository/cdk-hnb659fds-container-assets-${ENV.account}-${ENV.region}`);

/** What is created has these ARNs, or ids where the template makes the ARN of it. The first that fits a logical id. */
export const ARNS = {
  ComputeLogs: `${LOGS}:*`,
  KeysSecret: KEYS,
  StorageTable: TABLE,
  PasswordSecret: PASSWORD,
  SecretAttachment: PASSWORD,
  StorageDomain: DOMAIN,
  StorageFileSystem: FILES,
  StorageFolder: 'fsap-weather',
  ServerStorage: COLLECTION,
};

/** A call, as IAM sees it. */
export const call = (action: string, resource: string, context?: Call['context']): Call => ({
  action,
  resource,
  ...(context && { context }),
});
const rows = (...keys: string[]): Call['context'] => ({ 'dynamodb:LeadingKeys': keys });
/** A secret is fetched. */
export const fetching = (resource: string): Call => call('secretsmanager:GetSecretValue', resource);
const through = (folder: string): Call['context'] => ({
  'elasticfilesystem:AccessPointArn': arn('elasticfilesystem', `access-point/${folder}`),
  'elasticfilesystem:AccessedViaMountTarget': 'true',
  'aws:SecureTransport': 'true',
});
const userOf = ({ storage }: McpServer): string => arn('elasticache', `user:${/\/\/([^@]+)@/.exec(storage.url)![1]!}`);
const cacheOf = ({ storage }: McpServer): string =>
  arn('elasticache', `serverlesscache:${/[?&]cache=([^&]+)/.exec(storage.url)![1]!}`);

/** A storage, and the calls that a server on it may and may not make. */
export interface Kind {
  readonly storage: (stack: Stack) => McpStorage;
  readonly allowed: (server: McpServer) => Readonly<Record<string, Call>>;
  readonly denied: (server: McpServer) => Readonly<Record<string, Call>>;
  /** All actions that the storage adds to the role. */
  readonly actions: readonly string[];
  /** What a deployment calls its parts, where that is not as above. */
  readonly arns?: Arns;
  /** Whether it is on the internet. */
  readonly internet?: boolean;
}

const CONNECT = ['elasticache:Connect'];
/** Of every server: it has keys. */
export const FETCH = ['secretsmanager:GetSecretValue'];
const password: Omit<Kind, 'storage'> = {
  actions: FETCH,
  allowed: () => ({ 'fetch its credentials': fetching(PASSWORD) }),
  denied: () => ({
    'fetch another secret': fetching(OTHER_SECRET),
    'change its credentials': call('secretsmanager:PutSecretValue', PASSWORD),
    'rotate them': call('secretsmanager:RotateSecret', PASSWORD),
    'delete them': call('secretsmanager:DeleteSecret', PASSWORD),
    'connect with IAM': call('elasticache:Connect', arn('elasticache', 'user:weather')),
  }),
};
const named = (stack: Stack) => ({
  credentials: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Named', PASSWORD),
});

/** Every storage whose grants are those of IAM, and one that has none. */
export const STORAGES: Readonly<Record<string, Kind>> = {
  DynamoDB: {
    storage: () => McpStorage.dynamoDb(),
    actions: ['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'].map(
      (name) => `dynamodb:${name}`,
    ),
    allowed: () => ({
      'read a row': call('dynamodb:GetItem', TABLE, rows('weather__places')),
      'read several': call('dynamodb:BatchGetItem', TABLE, rows('weather__places', 'weather__s')),
      'write a row': call('dynamodb:PutItem', TABLE, rows('weather__places')),
      'change a row': call('dynamodb:UpdateItem', TABLE, rows('weather__places')),
      'delete a row': call('dynamodb:DeleteItem', TABLE, rows('weather__places')),
      'write several': call('dynamodb:BatchWriteItem', TABLE, rows('weather__places')),
    }),
    denied: () => ({
      'read another table': call('dynamodb:GetItem', `${TABLE}2`, rows('weather__places')),
      'read a row of another server': call('dynamodb:GetItem', TABLE, rows('news__places')),
      'write one among its own': call('dynamodb:BatchWriteItem', TABLE, rows('weather__a', 'news__a')),
      scan: call('dynamodb:Scan', TABLE),
      'scan what looks like its own': call('dynamodb:Scan', TABLE, rows('weather__places')),
      query: call('dynamodb:Query', TABLE, rows('weather__places')),
      'describe the table': call('dynamodb:DescribeTable', TABLE),
      'create a table': call('dynamodb:CreateTable', TABLE),
      'delete the table': call('dynamodb:DeleteTable', TABLE),
      'switch expiry off': call('dynamodb:UpdateTimeToLive', TABLE),
    }),
  },
  'ElastiCache with IAM': {
    storage: () => McpStorage.valkey(),
    actions: CONNECT,
    allowed: (server) => ({
      'connect to its cache': call('elasticache:Connect', cacheOf(server)),
      'connect as its user': call('elasticache:Connect', userOf(server)),
    }),
    denied: (server) => ({
      'connect to another cache': call('elasticache:Connect', `${cacheOf(server)}2`),
      'connect as another user': call('elasticache:Connect', arn('elasticache', 'user:news')),
      'connect as the user called default': call('elasticache:Connect', arn('elasticache', 'user:default')),
      'delete its cache': call('elasticache:DeleteServerlessCache', cacheOf(server)),
      'change its cache': call('elasticache:ModifyServerlessCache', cacheOf(server)),
      'copy its cache': call('elasticache:CreateServerlessCacheSnapshot', cacheOf(server)),
      'change its user': call('elasticache:ModifyUser', userOf(server)),
    }),
  },
  'nodes of ElastiCache with IAM': {
    storage: () => McpStorage.valkey({ shape: CacheShape.nodes() }),
    arns: { ServerStorage: 'weather-nodes' },
    actions: CONNECT,
    allowed: (server) => ({
      'connect to its nodes': call('elasticache:Connect', GROUP),
      'connect as its user': call('elasticache:Connect', userOf(server)),
    }),
    denied: () => ({
      'connect to other nodes': call('elasticache:Connect', `${GROUP}-2`),
      'connect to a serverless cache of that name': call(
        'elasticache:Connect',
        arn('elasticache', 'serverlesscache:weather-nodes'),
      ),
      'connect as another user': call('elasticache:Connect', arn('elasticache', 'user:news')),
      'delete its nodes': call('elasticache:DeleteReplicationGroup', GROUP),
      'describe its nodes': call('elasticache:DescribeReplicationGroups', GROUP),
    }),
  },
  'ElastiCache with a password': {
    storage: () => McpStorage.valkey({ access: CacheAccess.password() }),
    ...password,
  },
  'DocumentDB, whose password is a secret': { storage: () => McpStorage.mongoDb(), ...password },
  'Redis by URL': {
    storage: (stack) => McpStorage.fromUrl('rediss://cache.example.com', named(stack)),
    internet: true,
    ...password,
  },
  'MongoDB by URL': {
    storage: (stack) => McpStorage.fromUrl('mongodb+srv://cluster.example.com/weather', named(stack)),
    internet: true,
    ...password,
  },
  'Elasticsearch by URL': {
    storage: (stack) => McpStorage.fromUrl('elasticsearch+https://elastic.example.com/weather', named(stack)),
    internet: true,
    ...password,
  },
  'Memcached, which knows no users': {
    storage: () => McpStorage.memcached(),
    actions: [],
    allowed: () => ({}),
    denied: () => ({
      'connect to a cache': call('elasticache:Connect', arn('elasticache', 'serverlesscache:any')),
      'connect as a user': call('elasticache:Connect', arn('elasticache', 'user:any')),
      'fetch a secret': fetching(PASSWORD),
    }),
  },
  'a domain of OpenSearch': {
    storage: () => McpStorage.openSearch(),
    actions: ['es:ESHttpGet', 'es:ESHttpHead', 'es:ESHttpPost', 'es:ESHttpPut'],
    allowed: () => ({
      'read a document': call('es:ESHttpGet', `${DOMAIN}/weather-weather__places/_doc/a`),
      'make an index': call('es:ESHttpPut', `${DOMAIN}/weather-weather__places`),
      'look for an index': call('es:ESHttpHead', `${DOMAIN}/weather-weather__places`),
      'change a document': call('es:ESHttpPost', `${DOMAIN}/weather-weather__places/_update/a`),
    }),
    denied: () => ({
      'read an index of another server': call('es:ESHttpGet', `${DOMAIN}/news-news__places/_doc/a`),
      'read another domain': call('es:ESHttpGet', `${DOMAIN}2/weather-weather__places/_doc/a`),
      'search all indexes': call('es:ESHttpPost', `${DOMAIN}/_search`),
      'write in bulk wherever it likes': call('es:ESHttpPost', `${DOMAIN}/_bulk`),
      'delete an index': call('es:ESHttpDelete', `${DOMAIN}/weather-weather__places`),
      'change settings': call('es:ESHttpPut', `${DOMAIN}/_cluster/settings`),
      'delete the domain': call('es:DeleteDomain', DOMAIN),
      'change the domain': call('es:UpdateDomainConfig', DOMAIN),
    }),
  },
  'a collection of OpenSearch': {
    storage: () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() }),
    actions: ['aoss:APIAccessAll'],
    allowed: () => ({ 'reach its data': call('aoss:APIAccessAll', COLLECTION) }),
    denied: () => ({
      'reach another': call('aoss:APIAccessAll', `${COLLECTION}4`),
      'open dashboards': call('aoss:DashboardsAccessAll', arn('aoss', 'dashboards/default')),
      'delete it': call('aoss:DeleteCollection', COLLECTION),
      'let somebody in': call('aoss:CreateAccessPolicy', '*'),
    }),
  },
  EFS: {
    storage: () => McpStorage.disk(),
    actions: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
    allowed: () => ({
      'mount its folder': call('elasticfilesystem:ClientMount', FILES, through('fsap-weather')),
      'write to its folder': call('elasticfilesystem:ClientWrite', FILES, through('fsap-weather')),
    }),
    denied: () => ({
      'mount the folder of another server': call('elasticfilesystem:ClientMount', FILES, through('fsap-news')),
      'mount the whole tree': call('elasticfilesystem:ClientMount', FILES),
      'mount other files': call('elasticfilesystem:ClientMount', `${FILES}2`, through('fsap-weather')),
      'be root': call('elasticfilesystem:ClientRootAccess', FILES, through('fsap-weather')),
      'delete the files': call('elasticfilesystem:DeleteFileSystem', FILES),
    }),
  },
};
