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

/** A server beside `testServer()`. */
export function secondServer(scope: Construct, props: Partial<McpServerProps>): McpServer {
  return new McpServer(scope, 'Second', {
    code: McpCode.typescript({ entry: ENTRY }),
    auth: McpAuth.iam(),
    serverName: 'second',
    ...props,
  });
}
