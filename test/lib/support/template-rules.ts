/** A template of CloudFormation, as it is synthesized. */
export interface RawTemplate {
  readonly Resources?: Readonly<Record<string, RawResource>>;
}

interface RawResource {
  readonly Type: string;
  readonly Properties?: unknown;
}

/** Something in a template, with the way to it. */
interface Found {
  readonly at: string;
  readonly type: string;
  readonly name: string;
  readonly value: unknown;
}

interface Allowance {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** Everything in the properties of a template. */
function everything({ Resources = {} }: RawTemplate): Found[] {
  const within = (at: string, type: string, name: string, value: unknown): Found[] => {
    const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return [{ at, type, name, value }, ...inner.flatMap(([key, item]) => within(`${at}.${key}`, type, key, item))];
  };
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => within(id, Type, 'Properties', Properties));
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

/** How many resources there are of a type. */
export function countOf({ Resources = {} }: RawTemplate, type: string): number {
  return Object.values(Resources).filter(({ Type }) => Type === type).length;
}

/** Where a security group lets the whole internet in. */
export function openIngress(template: RawTemplate): string[] {
  return everything(template)
    .filter(({ at, type }) => type === 'AWS::EC2::SecurityGroupIngress' || at.includes('.SecurityGroupIngress.'))
    .filter(({ name, value }) => /^CidrIp(v6)?$/.test(name) && /^(0\.0\.0\.0|::)\/0$/.test(String(value)))
    .map(({ at, value }) => `${at} lets ${String(value)} in`);
}

/** Where a task gets a public address, or runs in a subnet that the internet reaches. */
export function publicAddresses(template: RawTemplate): string[] {
  const networks = everything(template).filter(({ name }) => name === 'AwsvpcConfiguration');
  return networks
    .filter(({ value }) => /"AssignPublicIp":"ENABLED"|PublicSubnet/.test(JSON.stringify(value)))
    .map(({ at }) => `${at} is public`);
}

/**
 * Statements that allow something. Those in the policy of a key are not among them: it must leave the decision to the account,
 * by `kms:*` to its root on `*`, which there is the key itself.
 */
function allowances(template: RawTemplate): (Allowance & { readonly at: string })[] {
  return everything(template)
    .filter(({ at, type }) => type !== 'AWS::KMS::Key' || !at.includes('.KeyPolicy.'))
    .map(({ at, value }) => ({ at, ...(value as Allowance) }))
    .filter(({ Effect }) => Effect === 'Allow');
}

/** Where everything is allowed, or everything of a service. A policy that is a text, as those of collections, is read as one. */
export function allowedEverything(template: RawTemplate): string[] {
  const statements = allowances(template).flatMap(({ at, Action }) =>
    listed(Action).flatMap((action) => (/^\*$|:\*$/.test(String(action)) ? [`${at} allows ${String(action)}`] : [])),
  );
  const texts = everything(template)
    .filter(({ value }) => typeof value === 'string' && /"(\*|[a-z0-9-]+:\*)"/.test(value))
    .map(({ at, value }) => `${at} allows ${/"(\*|[a-z0-9-]+:\*)"/.exec(String(value))?.[1] ?? ''}`);
  return [...statements, ...texts];
}

/** Actions that are allowed on every resource. */
export function actionsOnEverything(template: RawTemplate): string[] {
  return allowances(template)
    .filter(({ Resource }) => listed(Resource).includes('*'))
    .flatMap(({ Action }) => listed(Action).map(String));
}

/** Properties that hold a secret value, by their names. Those that say how one is generated, or where it is, end otherwise. */
const SECRET_NAME = /(password|passwords|authtoken|apikey|api_key|secretkey|accesskey|privatekey)$|^secretstring$/i;

/** What a template may have there: a reference that is resolved at deployment. */
const isReference = (value: unknown): boolean => /\{\{resolve:(secretsmanager|ssm-secure):/.test(JSON.stringify(value));

/** Where a secret would be read in the template: its value, or a URL with a password. */
export function plaintextSecrets(template: RawTemplate): string[] {
  return everything(template)
    .filter(({ name, value }) =>
      SECRET_NAME.test(name)
        ? listed(value).some((item) => !isReference(item))
        : typeof value === 'string' && /^[a-z0-9+]+:\/\/[^/?#]*:[^/?#@]+@/.test(value),
    )
    .map(({ at }) => `${at} is readable`);
}
