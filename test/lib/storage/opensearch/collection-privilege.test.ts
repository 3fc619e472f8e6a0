import { McpStorage, OpenSearchShape } from '../../../../lib/index.ts';
import { decide } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { templateOf, testServer } from '../../support/test-app.ts';

const COLLECTION = arn('aoss', 'collection/abc123');

const server = testServer({ storage: McpStorage.openSearch({ shape: OpenSearchShape.serverless() }) });
const role = policyOf(templateOf(server), 'ComputeRole', {
  ServerStorage: COLLECTION,
  ComputeLogs: arn('logs', 'log-group:weather'),
  KeysSecret: arn('secretsmanager', 'secret:Keys-AbCdEf'),
});

test('the role of a server reaches the data of its collection', async () => {
  await expect(decide(role, { action: 'aoss:APIAccessAll', resource: COLLECTION })).resolves.toBe('Allowed');
});

test.each([
  ['reaches no other collection', 'aoss:APIAccessAll', arn('aoss', 'collection/other')],
  ['reaches none whose id begins like that', 'aoss:APIAccessAll', `${COLLECTION}4`],
  ['reaches none in another region', 'aoss:APIAccessAll', COLLECTION.replace('eu-west-1', 'us-east-1')],
  ['opens no dashboards', 'aoss:DashboardsAccessAll', arn('aoss', 'dashboards/default')],
  ['deletes no collection', 'aoss:DeleteCollection', COLLECTION],
  ['changes no collection', 'aoss:UpdateCollection', COLLECTION],
  ['gives nobody access', 'aoss:CreateAccessPolicy', '*'],
  ['takes no access away', 'aoss:UpdateAccessPolicy', '*'],
  ['opens no collection to the internet', 'aoss:UpdateSecurityPolicy', '*'],
  ['reaches no domain', 'es:ESHttpGet', `${arn('es', 'domain/search')}/weather-weather__places/_doc/a`],
])('the role of a server %s', async (_name, action, resource) => {
  await expect(decide(role, { action, resource })).resolves.toBe('ImplicitlyDenied');
});
