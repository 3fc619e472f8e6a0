import { Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';

import { McpAuth, McpStorage } from '../../lib/index.ts';
import { silenceWarnings, testServer, testStack } from './support/test-app.ts';

silenceWarnings();

test.each(['publicServer', 'forgetfulStorage'])('the warning %s can be acknowledged, and the other stays', (name) => {
  const stack = testStack();
  const server = testServer({ auth: McpAuth.none(), storage: McpStorage.memory() }, stack);
  Validations.of(server).acknowledge({ id: `Annotation::cdk-mcp-kit:${name}`, reason: 'a demonstration' });
  const left = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  expect(left.map(({ entry }) => entry.data as string)).toEqual([expect.not.stringContaining(name)]);
});
