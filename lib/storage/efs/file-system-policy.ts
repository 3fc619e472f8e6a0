import * as iam from 'aws-cdk-lib/aws-iam';

/** What a client of a file system can be allowed to do. */
const CLIENT_ACTIONS = [
  'elasticfilesystem:ClientMount',
  'elasticfilesystem:ClientRootAccess',
  'elasticfilesystem:ClientWrite',
];

/**
 * The policy of a file system: it allows nothing, so that only roles come in that are granted an access point, and it
 * forbids what none of them needs. Without a policy whoever reaches the file system may read and write everything.
 */
export function fileSystemPolicy(): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [
      deny('UnencryptedTransport', CLIENT_ACTIONS, { Bool: { 'aws:SecureTransport': 'false' } }),
      // Without an access point the whole tree is open: the folders of all servers.
      deny('PastAccessPoints', CLIENT_ACTIONS, { Null: { 'elasticfilesystem:AccessPointArn': 'true' } }),
      deny('Root', ['elasticfilesystem:ClientRootAccess']),
    ],
  });
}

type Conditions = Record<string, Record<string, string>>;

function deny(sid: string, actions: string[], conditions?: Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid,
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions,
    resources: ['*'], // the one file system that the policy is of: its ARN does not exist yet
    conditions,
  });
}
