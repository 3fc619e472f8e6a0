import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { McpAuth, McpCode, McpServer } from '../../../lib/index.ts';
import type { McpServerProps } from '../../../lib/index.ts';

const CDK_JSON = JSON.parse(readFileSync(join(__dirname, '../../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

/** A server that is as good as any where the code does not matter. */
export const ENTRY = join(__dirname, 'server.ts');

/** An app with the feature flags of the real one; without bundling, which template tests need not pay for. */
export function testApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...CDK_JSON.context, 'aws:cdk:bundling-stacks': [], ...context } });
}

export const ENV = { account: '111122223333', region: 'eu-west-1' };

export function testStack(app: App = testApp(), id = 'Test'): Stack {
  return new Stack(app, id, { env: ENV });
}

/** A server with nothing but what is required. */
export function testServer(props: Partial<McpServerProps> = {}, stack: Stack = testStack()): McpServer {
  return new McpServer(stack, 'Server', {
    code: McpCode.typescript({ entry: ENTRY }),
    auth: McpAuth.iam(),
    serverName: 'weather',
    ...props,
  });
}

/** Keeps the warnings that a test provokes off the terminal. */
export function silenceWarnings(): void {
  beforeEach(() => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
}

/** The template of the stack that a construct is in. */
export function templateOf(construct: IConstruct): Template {
  return Template.fromStack(Stack.of(construct));
}
