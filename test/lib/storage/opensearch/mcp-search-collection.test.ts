import { RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';

import { McpNetwork, McpSearchCollection } from '../../../../lib/index.ts';
import type { SearchCollectionOptions } from '../../../../lib/index.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testStack } from '../../support/test-app.ts';

function collectionTemplate(
  options?: SearchCollectionOptions,
  { stack = testStack(), removalPolicy = undefined as RemovalPolicy | undefined } = {},
) {
  const network = new McpNetwork(stack, 'Network', { flowLogs: false });
  return templateOf(new McpSearchCollection(stack, 'Search', { network, removalPolicy, ...options }));
}

const policiesOf = (template: ReturnType<typeof collectionTemplate>, type: string) =>
  Object.values(
    template.findResources('AWS::OpenSearchServerless::SecurityPolicy', { Properties: { Type: type } }),
  ).map(({ Properties }) => Properties as { readonly Name: string; readonly Policy: unknown });

describe('a collection with only what is required', () => {
  const template = collectionTemplate();
  const [{ Properties: collection }] = Object.values(
    template.findResources('AWS::OpenSearchServerless::Collection'),
  ) as [{ Properties: { Name: string } }];

  test('is of type search, has replicas, and is retained', () => {
    template.hasResource('AWS::OpenSearchServerless::Collection', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Type: 'SEARCH',
        StandbyReplicas: 'ENABLED',
        Name: Match.stringLikeRegexp('^[a-z][a-z0-9-]{2,31}$'),
      },
      DependsOn: [Match.stringLikeRegexp('SearchEncryptionPolicy'), Match.stringLikeRegexp('SearchNetworkPolicy')],
    });
  });

  test('is encrypted', () => {
    const [policy] = policiesOf(template, 'encryption');
    expect(JSON.parse(policy!.Policy as string)).toEqual({
      Rules: [{ ResourceType: 'collection', Resource: [`collection/${collection.Name}`] }],
      AWSOwnedKey: true,
    });
  });

  test('is reached through the endpoint of the network, and never from the internet; its dashboards by nobody', () => {
    const [policy] = policiesOf(template, 'network');
    const text = JSON.stringify(policy!.Policy);
    expect(text).toContain(String.raw`\"AllowFromPublic\":false`);
    expect(text).toContain(String.raw`\"SourceVPCEs\":[\"",{"Fn::GetAtt":["NetworkEndpointAoss`);
    expect(text).toContain(String.raw`\"Resource\":[\"collection/${collection.Name}\"]`);
    expect(text).not.toContain('dashboard');
  });

  test('has an endpoint in the private subnets, which nobody reaches yet, and which reaches nobody', () => {
    template.hasResourceProperties('AWS::OpenSearchServerless::VpcEndpoint', {
      SubnetIds: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.stringLikeRegexp('InsideSubnet2') }],
      SecurityGroupIds: [Match.anyValue()],
    });
    expect(ingressEdges(template, [])).toEqual([]);
    expect(egressToAddresses(template)).toEqual([]);
  });

  test('is opened to no role', () => {
    template.resourceCountIs('AWS::OpenSearchServerless::AccessPolicy', 0);
  });
});

test('a collection with everything that can be said', () => {
  const stack = testStack();
  const template = collectionTemplate(
    { collectionName: 'weather', standbyReplicas: false, encryptionKey: new kms.Key(stack, 'Customer') },
    { stack, removalPolicy: RemovalPolicy.DESTROY },
  );
  template.hasResource('AWS::OpenSearchServerless::Collection', {
    DeletionPolicy: 'Delete',
    Properties: { Name: 'weather', StandbyReplicas: 'DISABLED' },
  });
  const text = JSON.stringify(policiesOf(template, 'encryption')[0]!.Policy);
  expect(text).toContain(String.raw`\"KmsARN\":\"",{"Fn::GetAtt":["Customer`);
  expect(text).not.toContain('AWSOwnedKey');
});

test('two collections of one network share its endpoint', () => {
  const stack = testStack();
  const network = new McpNetwork(stack, 'Network');
  new McpSearchCollection(stack, 'One', { network });
  new McpSearchCollection(stack, 'Two', { network });
  templateOf(stack).resourceCountIs('AWS::OpenSearchServerless::VpcEndpoint', 1);
  const names = Object.values(templateOf(stack).findResources('AWS::OpenSearchServerless::Collection')).map(
    ({ Properties }) => Properties.Name as string,
  );
  expect(new Set(names).size).toBe(2);
});

test.each(['ab', 'Weather', '1weather', 'weather_1', 'w'.repeat(33)])(
  '%j is no name of a collection',
  (collectionName) => {
    expect(() => collectionTemplate({ collectionName })).toThrow(`got ${JSON.stringify(collectionName)}: leave it out`);
  },
);
