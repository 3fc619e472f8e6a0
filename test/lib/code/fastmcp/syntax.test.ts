import * as lambda from 'aws-cdk-lib/aws-lambda';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findPython } from '../../../../lib/code/fastmcp/bytecode.ts';
import { filesBelow } from '../../../../lib/code/fastmcp/server-files.ts';
import { refuseSyntaxErrors } from '../../../../lib/code/fastmcp/syntax.ts';
import { McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../../../lib/index.ts';
import { silenceWarnings, testApp, testStack } from '../../support/test-app.ts';
import { folderWith } from '../fixtures.ts';
import { describePython, PYTHON_VERSION, useInstallers } from './installers.ts';
import { serverFolder } from './server.ts';

useInstallers();
silenceWarnings();

function check(folder: string): void {
  refuseSyntaxErrors(findPython(PYTHON_VERSION)!, PYTHON_VERSION, folder, filesBelow(folder));
}

describePython('modules of the author', () => {
  test.each([
    ['mcp = FastMCP("a"\n', /^bad\.py line 1 .*: SyntaxError: '\(' was never closed\./],
    ['def tool():\nreturn 1\n', /^bad\.py line 2 .*: IndentationError: expected an indented block/],
    ['a = 1\nprint "a"\n', /^bad\.py line 2 .*: SyntaxError: Missing parentheses in call to 'print'/],
    ['a = 1\nreturn a\n', /^bad\.py line 2 .*: SyntaxError: 'return' outside function\./],
    ['a = 1\0', /^bad\.py .*source code .*null bytes/],
  ])('that cannot be read end the synthesis: %j', (text, message) => {
    const folder = folderWith({ 'server.py': 'mcp = 1', 'bad.py': text });
    expect(() => {
      check(folder);
    }).toThrow(message);
    expect(() => {
      check(folder);
    }).toThrow(`Correct it, or leave it out of what is deployed: exclude: ["bad.py"]`);
  });

  test('in bytes that are no text', () => {
    const folder = folderWith({ 'tools/umlaut name.py': '' });
    writeFileSync(join(folder, 'tools/umlaut name.py'), Buffer.from([0x61, 0x3d, 0x22, 0xfc, 0x22]));
    expect(() => {
      check(folder);
    }).toThrow(
      `tools/umlaut name.py line 1 in ${folder} is nothing that Python ${PYTHON_VERSION} can read: SyntaxError: (unicode error)`,
    );
  });

  test('that can be read are not run', () => {
    const folder = folderWith({
      'server.py': 'import sys\nopen("ran", "w")\nsys.exit(3)\n',
      'tools/more.py': '# -*- coding: latin-1 -*-\na = "\\d"\n',
      'notes.txt': 'no ( Python',
    });
    check(folder);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  const synth = (files: Readonly<Record<string, string>>, exclude?: string[]): void => {
    const app = testApp({ 'aws:cdk:bundling-stacks': ['**'] });
    new McpServer(testStack(app), 'Server', {
      code: McpCode.fastmcp({
        directory: serverFolder({ 'requirements.txt': 'fastmcp>=999\n', ...files }),
        app: 'server:mcp',
        python: new lambda.Runtime(`python${PYTHON_VERSION}`, lambda.RuntimeFamily.PYTHON),
        exclude,
      }),
      auth: McpAuth.none(),
      storage: McpStorage.memory(),
      compute: McpCompute.lambda(),
    });
    app.synth();
  };

  test('are looked at before packages are installed, and those that are left out are not', () => {
    const files = { 'tools/bad.py': 'def (' };
    expect(() => {
      synth(files);
    }).toThrow(/^tools\/bad\.py line 1 in \S+ is nothing that Python/);
    expect(() => {
      synth(files, ['tools']);
    }).toThrow(/cannot be installed/); // no such FastMCP
  }, 60_000);
});
