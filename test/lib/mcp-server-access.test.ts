import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';

import { McpAuth, McpStorage } from '../../lib/index.ts';
import type { McpServerProps } from '../../lib/index.ts';
import { silenceWarnings, templateOf, testServer, testStack } from './support/test-app.ts';

silenceWarnings();

const JWT = { issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' };

describe('who may call', () => {
  test('grants.invoke lets a role call through the URL and not otherwise', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountPrincipal('111122223333') });
    testServer({}, stack).grants.invoke(role);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('Caller') }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunctionUrl',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Function'), 'Arn'] },
            Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          },
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Function'), 'Arn'] },
            Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
          },
        ],
      },
    });
  });

  test.each([
    ['none', McpAuth.none()],
    ['jwt', McpAuth.jwt(JWT)],
  ])('%s: everybody reaches the server through its URL, with both permissions, and not otherwise', (_name, auth) => {
    const template = templateOf(testServer({ auth }));
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
    });
    template.resourceCountIs('AWS::Lambda::Permission', 2);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Permission',
      { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: Match.absent() },
      0,
    );
  });
});

describe('warnings', () => {
  const PUBLIC = 'cdk-mcp-kit:publicServer';
  const FORGETFUL = 'cdk-mcp-kit:forgetfulStorage';

  function warningsOf(props: Partial<McpServerProps>): string[] {
    const stack = testStack();
    testServer(props, stack);
    return Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data as string);
  }

  test('a public server is warned of', () => {
    expect(warningsOf({ auth: McpAuth.none() })).toEqual([expect.stringContaining(PUBLIC)]);
  });

  test('memory on Lambda is warned of', () => {
    expect(warningsOf({ storage: McpStorage.memory() })).toEqual([expect.stringContaining(FORGETFUL)]);
  });

  test.each([McpAuth.iam(), McpAuth.jwt(JWT)])('a server that asks for credentials is not', (auth) => {
    expect(warningsOf({ auth })).toEqual([]);
  });
});
