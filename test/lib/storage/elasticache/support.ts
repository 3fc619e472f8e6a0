import type { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';

import { McpAuth, McpCode, McpServer } from '../../../../lib/index.ts';
import type { McpServerProps } from '../../../../lib/index.ts';
import { ENTRY } from '../../support/test-app.ts';

/** The URL that a function of the template is told, with `{Logical.Attribute}` where only the deployment knows it. */
export function storeUrlOf(template: Template, server = 'Server'): string {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const found = functions.find(([id]) => id.startsWith(`${server}Compute`));
  return textOf(found?.[1].Properties.Environment.Variables.MCP_STORE_URL);
}

/** An expression of CloudFormation as text; hashes of logical ids are left out. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return `{${shortId(Ref)}}`;
  if (Array.isArray(attribute)) return `{${shortId(attribute[0] as string)}.${String(attribute[1])}}`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(textOf).join(join[0] as string);
  throw new Error(`no text: ${JSON.stringify(value)}`);
}

function shortId(id: string): string {
  return id.replace(/^Server/, '').replace(/[0-9A-F]{8}$/, '');
}

/** Who may connect to whom, on which port: security groups by their logical ids, hashes left out. */
export interface Rule {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Every rule that lets connections in. Rules by address are named by it. */
export function rulesOf(template: Template): Rule[] {
  const alone = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  const inside = Object.entries(template.findResources('AWS::EC2::SecurityGroup')).flatMap(([id, { Properties }]) =>
    ((Properties.SecurityGroupIngress ?? []) as Record<string, unknown>[]).map((rule) => ({
      ...rule,
      GroupId: { 'Fn::GetAtt': [id, 'GroupId'] },
    })),
  );
  return [...alone, ...inside].map((rule: Record<string, unknown>) => {
    if (rule.FromPort !== rule.ToPort) throw new Error(`a range of ports: ${JSON.stringify(rule)}`);
    return {
      from: groupOf(rule.SourceSecurityGroupId ?? rule.CidrIp ?? rule.CidrIpv6),
      to: groupOf(rule.GroupId),
      port: rule.FromPort as number,
    };
  });
}

function groupOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [id] = (value as { 'Fn::GetAtt'?: [string, string] })['Fn::GetAtt'] ?? [];
  return id === undefined ? 'of another stack' : id.replace(/[0-9A-F]{8}$/, '');
}

/** A server beside `testServer()`. */
export function secondServer(scope: Construct, props: Partial<McpServerProps>): McpServer {
  return new McpServer(scope, 'Second', {
    code: McpCode.typescript({ entry: ENTRY }),
    auth: McpAuth.iam(),
    serverName: 'second',
    ...props,
  });
}
