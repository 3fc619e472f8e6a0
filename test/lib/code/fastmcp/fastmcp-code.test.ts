import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ADVISORIES } from '../../../../lib/code/fastmcp/advisories.ts';
import { HOST_SETTINGS, SETTINGS } from '../../../../lib/code/fastmcp/settings.ts';
import { McpAuth, McpCode, McpStorage, McpCompute } from '../../../../lib/index.ts';
import type { FastMcpCodeProps, McpServerProps } from '../../../../lib/index.ts';
import { silenceWarnings, templateOf, testApp, testServer, testStack } from '../../support/test-app.ts';
import { serverFolder } from './server.ts';

silenceWarnings();

const DOCS = readFileSync(join(__dirname, '../../../../docs/fastmcp.md'), 'utf8');

function code(props: Partial<FastMcpCodeProps> = {}): McpCode {
  return McpCode.fastmcp({ directory: serverFolder(), app: 'server:mcp', ...props });
}

function functionOf(props: Partial<McpServerProps> = {}, stack: Stack = testStack()) {
  return templateOf(testServer({ code: code(), ...props }, stack));
}

describe('on Lambda', () => {
  test('a script is started in place of a handler, behind the adapter', () => {
    functionOf().hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'run.sh',
      Runtime: 'python3.13',
      Architectures: ['arm64'],
      Layers: ['arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerArm64:25'],
      Environment: {
        Variables: {
          AWS_LAMBDA_EXEC_WRAPPER: '/opt/bootstrap',
          AWS_LWA_INVOKE_MODE: 'response_stream',
          AWS_LWA_READINESS_CHECK_PATH: '/health',
          PORT: '8080',
          AWS_LWA_PORT: '8080',
          FASTMCP_HOME: '/tmp/fastmcp',
          MCP_SERVER_NAME: 'weather',
        },
      },
    });
  });

  test('the address streams, as the adapter is told', () => {
    functionOf().hasResourceProperties('AWS::Lambda::Url', { InvokeMode: 'RESPONSE_STREAM' });
  });

  test('another architecture, Python, memory', () => {
    const compute = McpCompute.lambda({ architecture: lambda.Architecture.X86_64, memorySize: 2048 });
    functionOf({ code: code({ python: lambda.Runtime.PYTHON_3_12 }), compute }).hasResourceProperties(
      'AWS::Lambda::Function',
      {
        Runtime: 'python3.12',
        Architectures: ['x86_64'],
        MemorySize: 2048,
        Layers: ['arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:25'],
      },
    );
  });

  test('in whatever region the stack is deployed to', () => {
    functionOf({}, new Stack(testApp(), 'Anywhere')).hasResourceProperties('AWS::Lambda::Function', {
      Layers: [
        {
          'Fn::Join': [
            '',
            ['arn:aws:lambda:', { Ref: 'AWS::Region' }, ':753240598075:layer:LambdaAdapterLayerArm64:25'],
          ],
        },
      ],
    });
  });

  test.each(['us-gov-west-1', 'cn-north-1'])('where AWS publishes no adapter, it is yours: %s', (region) => {
    const stack = (id: string) => new Stack(testApp(), id, { env: { region, account: '111122223333' } });
    expect(() => functionOf({}, stack('Without'))).toThrow(
      `AWS publishes no layer with Lambda Web Adapter that the kit was tested with in ${region}: publish the adapter as a layer of yours`,
    );
    const own = stack('With');
    const adapterLayer = lambda.LayerVersion.fromLayerVersionArn(
      own,
      'Own',
      'arn:aws:lambda:x:111122223333:layer:own:1',
    );
    functionOf({ code: code({ adapterLayer }) }, own).hasResourceProperties('AWS::Lambda::Function', {
      Layers: ['arn:aws:lambda:x:111122223333:layer:own:1'],
    });
  });

  test('settings of the server win over those of the construct', () => {
    functionOf({
      environment: { LOG_LEVEL: 'DEBUG', FASTMCP_MASK_ERROR_DETAILS: 'true' },
    }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { LOG_LEVEL: 'DEBUG', FASTMCP_MASK_ERROR_DETAILS: 'true' } },
    });
  });

  test.each(HOST_SETTINGS.lambda.map(({ variable }) => variable))('without %s as it is nothing starts', (variable) => {
    expect(() => functionOf({ environment: { [variable]: 'mine' } })).toThrow(
      `environment must not set ${variable}: the code of this server does not start with another value`,
    );
  });
});

describe('in a container', () => {
  test('an image from the same folder, with a base of your choice', () => {
    const stack = testStack();
    const container = code({ baseImage: 'python:3.13' }).bindContainer(stack, {
      parts: [],
      architecture: lambda.Architecture.X86_64,
    });
    expect(container).toMatchObject({
      port: 8080,
      healthPath: '/health',
      command: ['python', '-m', 'mcp_kit', 'serve', 'server:mcp'],
      environment: { FASTMCP_STATELESS_HTTP: 'true' },
      fixedEnvironment: { PYTHONPATH: 'vendor', FORWARDED_ALLOW_IPS: '*' },
    });
    const task = new ecs.FargateTaskDefinition(stack, 'Task');
    task.addContainer('Server', { image: container.image });
    templateOf(task).hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [Match.objectLike({ Image: { 'Fn::Sub': Match.stringLikeRegexp('container-assets') } })],
    });
  });
});

test('FastMCP servers may check callers themselves', () => {
  expect(code().ownAuth).toBe(true);
  functionOf({ auth: McpAuth.fastmcp(), baseUrl: 'https://mcp.example.com' }).hasResourceProperties(
    'AWS::Lambda::Function',
    {
      Environment: { Variables: { MCP_AUTH: '{"mode":"server"}', MCP_BASE_URL: 'https://mcp.example.com' } },
    },
  );
});

test('whoever accepts that a failover loses clients and tokens need not say so again in Python', () => {
  const storage = McpStorage.fromUrl('rediss://cache.example.com', { allowLostWrites: true });
  const name = 'AWS::Lambda::Function';
  const variables = (value: unknown): object => ({ Environment: { Variables: { MCP_ALLOW_LOST_WRITES: value } } });
  const own = functionOf({ auth: McpAuth.fastmcp(), baseUrl: 'https://mcp.example.com', storage });
  own.hasResourceProperties(name, variables('true'));
  functionOf({ storage }).hasResourceProperties(name, variables(Match.absent())); // nothing to lose
});

test('their auth providers sign with an address that a function has only once it is deployed', () => {
  expect(() => functionOf({ auth: McpAuth.fastmcp() })).toThrow(
    /^McpAuth\.fastmcp\(\) needs the public https address of the server\. .* baseUrl: 'https:\/\/mcp\.example\.com'/,
  );
});

test('a stack that is not deployed installs nothing: neither packages nor the Python half need be there', () => {
  const before = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    functionOf().resourceCountIs('AWS::Lambda::Function', 1);
  } finally {
    process.env.PATH = before;
  }
});

describe('the documentation', () => {
  test.each([
    ['FastMCP reads its settings', SETTINGS],
    ['These make the server start', HOST_SETTINGS.lambda],
    ['In a container, besides', HOST_SETTINGS.container],
  ])('lists what the construct sets, and nothing else: %s', (beginning, settings) => {
    const [table = ''] = /^\|(?:.+\n)+/m.exec(DOCS.slice(DOCS.indexOf(`\n${beginning}`))) ?? [];
    const rows = [...table.matchAll(/^\| `(\w+)` +\| `([^`]*)` +\| (.*?) +\|$/gm)];
    expect(rows.map(([, variable, value]) => [variable, value])).toEqual(
      settings.map(({ variable, value }) => [variable, value]),
    );
    for (const [, variable, , why] of rows) expect([variable, why]).not.toEqual([variable, '']);
    expect(table.trim().split('\n')).toHaveLength(settings.length + 2); // the head and the line below it
  });

  test('lists every hole for which a version is refused', () => {
    for (const { id, packages } of ADVISORIES) {
      expect(DOCS).toMatch(new RegExp(`^\\| .*\`${packages[0]!}\`.*${id.replaceAll('/', '\\/')}`, 'm'));
    }
  });
});
