import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import { StoreUrlError } from '../../../lambda/store/errors.ts';
import { parseMongoDbUrl } from '../../../lambda/store/mongodb/url.ts';
import { openStore } from '../../../lambda/store/open-store.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mongo-AbCdEf';
const parse = (url: string): unknown => parseMongoDbUrl(new URL(url));

test('a cluster of DocumentDB', () => {
  const options = `secret=${ARN}&ca=rds&retryWrites=false&replicaSet=rs0`;
  expect(parse(`mongodb+tls://my.cluster-x.us-east-1.docdb.amazonaws.com:27018/weather?${options}`)).toEqual({
    host: 'my.cluster-x.us-east-1.docdb.amazonaws.com:27018',
    srv: false,
    tls: true,
    database: 'weather',
    username: undefined,
    secret: ARN,
    ca: 'rds',
    authSource: undefined,
    authMechanism: undefined,
    replicaSet: 'rs0',
    retryWrites: false,
  });
});

test('a cluster of Atlas', () => {
  const url = `mongodb+srv://kit@cluster.example.mongodb.net/weather?secret=${ARN}&authSource=admin&authMechanism=SCRAM-SHA-256`;
  expect(parse(url)).toMatchObject({
    host: 'cluster.example.mongodb.net',
    srv: true,
    tls: true,
    username: 'kit',
    authSource: 'admin',
    authMechanism: 'SCRAM-SHA-256',
    retryWrites: true,
  });
});

test('a server on this machine, and the database that py-key-value uses', () => {
  expect(parse('mongodb://localhost')).toMatchObject({
    host: 'localhost:27017',
    tls: false,
    database: 'kv-store-adapter',
  });
  expect(parse('mongodb://[::1]:1/a%20b'.replace('%20', '_'))).toMatchObject({ host: '[::1]:1', database: 'a_b' });
  expect(parse('mongodb://db.internal/x?plaintext=true')).toMatchObject({ host: 'db.internal:27017', tls: false });
});

test.each([
  ['mongodb://db.internal/x', 'sends everything in clear'],
  ['mongodb+tls://db.internal/x?plaintext=true', 'contradicts'],
  ['mongodb+srv://db.internal:27017/x', 'has no port'],
  ['mongodb+tls:///x', 'names a host'],
  ['mongodb+tls://a,b/x', 'names one host, no list'],
  ['mongodb+tls://h/a/b', 'name of a database'],
  ['mongodb+tls://h/a%24b', 'name of a database'],
  [`mongodb+tls://h/${'x'.repeat(64)}`, 'name of a database'],
  ['mongodb+tls://h/%ff', 'percent-encoded'],
  ['mongodb+tls://user@h/x', 'secret=ARN'],
  ['mongodb+tls://user:hunter2@h/x', 'must not contain a password'],
  ['mongodb+tls://h/x?secret=hunter2', 'never the password itself'],
  ['mongodb+tls://h/x?authSource=admin', 'only beside secret'],
  ['mongodb+tls://h/x?authMechanism=SCRAM-SHA-1', 'only beside secret'],
  [`mongodb+tls://h/x?secret=${ARN}&authMechanism=PLAIN`, 'authMechanism=SCRAM-SHA-1|SCRAM-SHA-256'],
  ['mongodb://localhost/x?ca=rds', 'without TLS has no ca'],
  ['mongodb+tls://h/x?ca=ca.pem', 'absolute path'],
  ['mongodb+tls://h/x?retryWrites=maybe', 'retryWrites=true or retryWrites=false'],
  ['mongodb+tls://h/x?replicaSet=a%20b', 'replicaSet'],
  ['mongodb+tls://h/x?tlsAllowInvalidCertificates=true', 'not "tlsAllowInvalidCertificates"'],
  ['mongodb+tls://h/x#y', 'no fragment'],
])('%s is refused', (url, problem) => {
  const open = (): unknown => openStore(url, [mongoDbAdapter]);
  expect(open).toThrow(StoreUrlError);
  expect(open).toThrow(problem);
  expect(open).not.toThrow('hunter2');
});
