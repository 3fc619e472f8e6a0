import { RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';

import { McpNetwork, McpSearchDomain, OpenSearchShape } from '../../../../lib/index.ts';
import type { SearchDomainOptions } from '../../../../lib/index.ts';
import { egressToAddresses, ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testStack } from '../../support/test-app.ts';

function domainTemplate(
  options?: SearchDomainOptions,
  { stack = testStack(), maxAzs = 2, removalPolicy = undefined as RemovalPolicy | undefined } = {},
) {
  const network = new McpNetwork(stack, 'Network', { flowLogs: false, maxAzs });
  return templateOf(new McpSearchDomain(stack, 'Search', { network, removalPolicy, ...options }));
}

describe('a domain with only what is required', () => {
  const template = domainTemplate();

  test('is encrypted everywhere, small, in two zones, and retained', () => {
    template.hasResource('AWS::OpenSearchService::Domain', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      UpdatePolicy: { EnableVersionUpgrade: true },
      Properties: {
        EngineVersion: 'OpenSearch_2.19',
        ClusterConfig: {
          InstanceType: 't3.small.search',
          InstanceCount: 2,
          DedicatedMasterEnabled: false,
          ZoneAwarenessEnabled: true,
          ZoneAwarenessConfig: { AvailabilityZoneCount: 2 },
          MultiAZWithStandbyEnabled: false,
        },
        EBSOptions: { EBSEnabled: true, VolumeSize: 10, VolumeType: 'gp3' },
        EncryptionAtRestOptions: { Enabled: true, KmsKeyId: Match.absent() },
        NodeToNodeEncryptionOptions: { Enabled: true },
        DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
        SoftwareUpdateOptions: { AutoSoftwareUpdateEnabled: true },
        AdvancedSecurityOptions: Match.absent(),
      },
    });
  });

  test('lets nobody in by a policy of its own, which names no one', () => {
    template.hasResourceProperties('AWS::OpenSearchService::Domain', { AccessPolicies: Match.absent() });
    template.resourceCountIs('Custom::OpenSearchAccessPolicy', 0);
  });

  test('takes no name of an index from the body of a request, where IAM does not look', () => {
    template.hasResourceProperties('AWS::OpenSearchService::Domain', {
      AdvancedOptions: { 'rest.action.multi.allow_explicit_index': 'false' },
    });
  });

  test('writes its logs for a month, and only for this account', () => {
    template.hasResource('AWS::OpenSearchService::Domain', {
      Properties: {
        LogPublishingOptions: {
          SEARCH_SLOW_LOGS: Match.objectLike({ Enabled: true }),
          INDEX_SLOW_LOGS: Match.objectLike({ Enabled: true }),
          ES_APPLICATION_LOGS: Match.objectLike({ Enabled: true }),
        },
      },
      DependsOn: [Match.stringLikeRegexp('SearchLogPolicy')],
    });
    template.resourceCountIs('AWS::Logs::LogGroup', 3);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    const [policy] = Object.values(template.findResources('AWS::Logs::ResourcePolicy'));
    const document = JSON.stringify(policy!.Properties.PolicyDocument);
    expect(document).toContain('es.amazonaws.com');
    expect(document).toContain('aws:SourceAccount');
    expect(document).not.toContain('\\"*\\"');
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });

  test('is reached by nobody yet, and reaches nobody', () => {
    expect(ingressEdges(template, [])).toEqual([]);
    expect(egressToAddresses(template)).toEqual([]);
  });

  test('has one private subnet in each of its zones', () => {
    template.hasResourceProperties('AWS::OpenSearchService::Domain', {
      VPCOptions: {
        SubnetIds: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.stringLikeRegexp('InsideSubnet2') }],
      },
    });
  });
});

test('a domain with everything that can be said', () => {
  const stack = testStack();
  const options = {
    version: opensearch.EngineVersion.OPENSEARCH_3_1,
    zones: 3,
    dataNodes: 6,
    dataNodeType: 'r7g.large.search',
    volumeSizeGib: 100,
    masterNodes: 3,
    masterNodeType: 'm7g.large.search',
    encryptionKey: new kms.Key(stack, 'Customer'),
  };
  const template = domainTemplate(options, { stack, maxAzs: 3, removalPolicy: RemovalPolicy.DESTROY });
  template.hasResource('AWS::OpenSearchService::Domain', {
    DeletionPolicy: 'Delete',
    Properties: {
      EngineVersion: 'OpenSearch_3.1',
      ClusterConfig: Match.objectLike({
        InstanceType: 'r7g.large.search',
        InstanceCount: 6,
        DedicatedMasterEnabled: true,
        DedicatedMasterCount: 3,
        DedicatedMasterType: 'm7g.large.search',
        ZoneAwarenessConfig: { AvailabilityZoneCount: 3 },
      }),
      EBSOptions: Match.objectLike({ VolumeSize: 100 }),
      EncryptionAtRestOptions: { Enabled: true, KmsKeyId: Match.anyValue() },
      VPCOptions: Match.objectLike({ SubnetIds: [Match.anyValue(), Match.anyValue(), Match.anyValue()] }),
    },
  });
});

test('a domain in one zone has one subnet of the network', () => {
  domainTemplate({ zones: 1 }).hasResourceProperties('AWS::OpenSearchService::Domain', {
    ClusterConfig: Match.objectLike({ InstanceCount: 1, ZoneAwarenessEnabled: false }),
    VPCOptions: Match.objectLike({ SubnetIds: [Match.anyValue()] }),
  });
});

test('master nodes have a type when none is said', () => {
  domainTemplate({ masterNodes: 3 }).hasResourceProperties('AWS::OpenSearchService::Domain', {
    ClusterConfig: Match.objectLike({ DedicatedMasterCount: 3, DedicatedMasterType: 'm7g.medium.search' }),
  });
});

test('a domain that is retained keeps all that it needs', () => {
  const template = domainTemplate();
  for (const type of ['AWS::OpenSearchService::Domain', 'AWS::EC2::SecurityGroup', 'AWS::Logs::ResourcePolicy']) {
    for (const { DeletionPolicy } of Object.values(template.findResources(type))) {
      expect([type, DeletionPolicy]).toEqual([type, 'Retain']);
    }
  }
});

describe('limits of OpenSearch Service', () => {
  test.each<[string, SearchDomainOptions, string]>([
    ['zones', { zones: 0 }, 'zones must be a whole number of zones, 1 to 3, got 0'],
    ['zones', { zones: 4 }, 'zones must be a whole number of zones, 1 to 3, got 4'],
    ['nodes', { dataNodes: 82 }, 'dataNodes must be a whole number of nodes, 1 to 80, got 82'],
    ['nodes', { dataNodes: 3 }, 'dataNodes must be as many in each of the 2 zones, got 3: use a multiple of 2'],
    ['volumes', { volumeSizeGib: 9 }, 'volumeSizeGib must be a whole number of GiB, 10 to 3072, got 9'],
    ['volumes', { volumeSizeGib: 3073 }, 'volumeSizeGib must be a whole number of GiB, 10 to 3072, got 3073'],
    ['masters', { masterNodes: 2 }, 'masterNodes must be 0, 3 or 5, so that a majority can decide, got 2'],
    ['masters', { masterNodeType: 'm7g.large.search' }, 'masterNodeType has no meaning without master nodes'],
    [
      'types',
      { dataNodeType: 't3.small' },
      'dataNodeType must be a type of OpenSearch such as "t3.small.search", got "t3.small"',
    ],
  ])('%s: %j is refused, by the shape as well', (_name, options, problem) => {
    expect(() => domainTemplate(options)).toThrow(problem);
    expect(() => OpenSearchShape.domain(options)).toThrow(problem);
  });

  test('more zones than the network has are refused, with what to do', () => {
    expect(() => domainTemplate({ zones: 3 })).toThrow(
      'the network has private subnets in 2 zones, and the domain is spread over 3: set zones: 2, or maxAzs: 3 of the network',
    );
  });
});
