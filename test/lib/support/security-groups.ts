import type { Template } from 'aws-cdk-lib/assertions';

interface Rule {
  readonly IpProtocol: string;
  readonly FromPort?: unknown;
  readonly ToPort?: unknown;
  readonly CidrIp?: string;
  readonly CidrIpv6?: string;
  readonly GroupId?: unknown;
  readonly SourceSecurityGroupId?: unknown;
  readonly DestinationSecurityGroupId?: unknown;
  readonly SourcePrefixListId?: unknown;
}

/** The one name that is part of an id. */
function nameAmong(names: readonly string[], id: unknown): string {
  const text = JSON.stringify(id);
  const found = names.filter((name) => text.includes(name));
  if (found.length !== 1) throw new Error(`${text} is named by ${found.length} of ${names.join(', ')}`);
  return found[0]!;
}

function portsOf({ FromPort: from, ToPort: to, IpProtocol: protocol }: Rule): string {
  if (protocol === '-1') return 'all';
  if (JSON.stringify(from) !== JSON.stringify(to)) return `${JSON.stringify(from)}-${JSON.stringify(to)}`;
  return typeof from === 'number' ? String(from) : 'its port'; // which is known at deployment
}

/** Addresses as a rule has them: those of a network that the template makes are known at deployment. */
function addressesOf({ CidrIp, CidrIpv6 }: Rule): string | undefined {
  const range = CidrIp ?? CidrIpv6;
  return range === undefined || typeof range === 'string' ? range : 'its network';
}

/** What may connect to what in a template: `client → server:port`, each by the part of its id that tells it. */
export function ingressEdges(template: Template, names: readonly string[]): string[] {
  const nameOf = (id: unknown): string => nameAmong(names, id);
  const sourceOf = (rule: Rule): string =>
    addressesOf(rule) ?? nameOf(rule.SourceSecurityGroupId ?? rule.SourcePrefixListId);

  const separate = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')).map(
    ({ Properties }) => Properties as Rule,
  );
  const inline = Object.entries(template.findResources('AWS::EC2::SecurityGroup')).flatMap(([id, { Properties }]) =>
    ((Properties.SecurityGroupIngress ?? []) as Rule[]).map((rule) => ({ ...rule, GroupId: id })),
  );
  return [...separate, ...inline].map((rule) => `${sourceOf(rule)} → ${nameOf(rule.GroupId)}:${portsOf(rule)}`).sort();
}

/** What may be called from where in a template, as the groups of callers say it: `client → server:port`. */
export function egressEdges(template: Template, names: readonly string[]): string[] {
  const rules = [
    ...Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')).map(
      ({ Properties }) => Properties as Rule,
    ),
    ...Object.entries(template.findResources('AWS::EC2::SecurityGroup')).flatMap(([id, { Properties }]) =>
      ((Properties.SecurityGroupEgress ?? []) as Rule[]).map((rule) => ({ ...rule, GroupId: id })),
    ),
  ];
  return rules
    .filter(({ CidrIp }) => CidrIp !== '255.255.255.255/32') // nowhere, as the CDK writes it
    .map((rule) => {
      const target = addressesOf(rule) ?? nameAmong(names, rule.DestinationSecurityGroupId);
      return `${nameAmong(names, rule.GroupId)} → ${target}:${portsOf(rule)}`;
    })
    .sort();
}

/** Where the security groups of a template let something out to addresses instead of groups. */
export function egressToAddresses(template: Template): string[] {
  const rules = [
    ...Object.entries(template.findResources('AWS::EC2::SecurityGroup')).flatMap(([id, { Properties }]) =>
      ((Properties.SecurityGroupEgress ?? []) as Rule[]).map((rule) => ({ ...rule, GroupId: id })),
    ),
    ...Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')).map(
      ({ Properties }) => Properties as Rule,
    ),
  ];
  return rules
    .filter(({ CidrIp, CidrIpv6 }) => (CidrIp ?? CidrIpv6) !== undefined && CidrIp !== '255.255.255.255/32')
    .map(
      ({ GroupId, CidrIp, CidrIpv6, FromPort }) =>
        `${JSON.stringify(GroupId)} → ${CidrIp ?? CidrIpv6}:${JSON.stringify(FromPort)}`,
    );
}
