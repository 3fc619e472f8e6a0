import { join } from 'node:path';

import { checkApp } from '../../../../lib/code/fastmcp/app-object.ts';
import { moduleNames } from '../../../../lib/code/fastmcp/python-scan.ts';
import { folderWith } from '../fixtures.ts';
import { serverFolder } from './server.ts';

function namesIn(source: string): string[] {
  const names = moduleNames(source);
  if (names === undefined) throw new Error('only running it can tell');
  return [...names].sort();
}

describe('the names of a module', () => {
  test.each([
    ['an assignment', 'mcp = FastMCP("a")', ['mcp']],
    ['several at once', 'a = b = 1; c, (d, *e) = f()', ['a', 'b', 'c', 'd', 'e']],
    ['with a type', 'mcp: FastMCP = FastMCP()', ['mcp']],
    ['with a type of brackets', 'mcp: FastMCP[None] = FastMCP("a", x=[1])\na: A[int, F(b=1)] = f()', ['a', 'mcp']],
    ['a type alone gives no value', 'mcp: FastMCP', []],
    ['over lines', 'mcp = FastMCP(\n  "a = 1",  # b = 2\n  x=[1,\n2])\nd = \\\n  3', ['d', 'mcp']],
    [
      'functions and classes, not what is in them',
      'def f():\n  a = 1\nasync def g(b=2): pass\nclass C:\n  d = 3',
      ['C', 'f', 'g'],
    ],
    [
      'imports',
      'import a.b, c.d as e\nfrom .f import g, h as i\nfrom j import (k,\n  l as m,\n)',
      ['a', 'e', 'g', 'i', 'k', 'm'],
    ],
    [
      'blocks',
      'if x == 1:\n  a = 1\nelif y: b = 2\nelse:\n  with o() as c:\n    d = 1\nfor e in f:\n  g = 1',
      ['a', 'b', 'c', 'd', 'e', 'g'],
    ],
    ['a fallback', 'try:\n  from a import mcp\nexcept ImportError as e:\n  mcp = None', ['e', 'mcp']],
    ['while it is tested', 'if (n := f(lambda: 1)) > 1: a = n', ['a', 'n']],
    ['not what is compared, called or given an attribute', 'a == 1\nf(b=2)\nc.d = 3\ne["f"] = 4\nx <= 1', []],
    ['what is changed has been there', 'a = 1\na += 1', ['a']],
    ['not text', '"""\nmcp = 1\n"""\n# mcp = 2\nx = "\\"mcp = 3"\ny = \'\'\'\nmcp = 4\'\'\'', ['x', 'y']],
    ['after a tab and a carriage return', 'if x:\r\n\ta = 1\r\n\tdef b():\r\n\t\tc = 1\r\nd = 2', ['a', 'b', 'd']],
    ['in other alphabets', 'größe = 1', ['größe']],
    ['after a decorator', '@app.tool\ndef tool(): ...', ['tool']],
    ['nothing', '', []],
  ])('%s', (_name, source, names) => {
    expect(namesIn(source)).toEqual(names);
  });

  test.each(['from server import *', 'globals()["mcp"] = 1', 'def __getattr__(name): ...', 'exec("mcp = 1")'])(
    'only running it can tell: %s',
    (source) => {
      expect(moduleNames(source)).toBeUndefined();
    },
  );
});

describe('the object that is served', () => {
  test('is found, in a package too', () => {
    const folder = serverFolder({
      'app/__init__.py': '',
      'app/main.py': 'from .x import server as mcp',
      'pkg/__init__.py': 'mcp = 1',
    });
    for (const app of ['server:mcp', 'app.main:mcp', 'pkg:mcp']) expect(checkApp(folder, app)).toBe(folder);
  });

  test.each([
    ['server', 'app must be "module:object", such as "server:mcp" for mcp = FastMCP(…) in server.py, got "server"'],
    ['server.py:mcp', /has no module "server.py", no file server\/py.py: its modules are server.py/],
    ['main:mcp', /^directory ".*" has no module "main", no file main.py: its modules are server.py$/],
    [
      'server:app',
      /server.py has no top-level name "app": write app = FastMCP\(…\) there, or name another object in app; it has FastMCP, mcp, greet$/,
    ],
  ])('%s', (app, message) => {
    expect(() => checkApp(serverFolder(), app)).toThrow(message);
  });

  test('the folder: none, a file, without modules', () => {
    const folder = folderWith({ 'notes.txt': '' });
    expect(() => checkApp('', 'server:mcp')).toThrow(
      "directory is required: the folder of the FastMCP server, such as directory: 'server'",
    );
    expect(() => checkApp(join(folder, 'gone'), 'server:mcp')).toThrow(
      /gone" does not exist: no folder .*; paths are relative/,
    );
    expect(() => checkApp(join(folder, 'notes.txt'), 'server:mcp')).toThrow(/notes.txt" is a file: name the folder/);
    expect(() => checkApp(folder, 'server:mcp')).toThrow(/no file server.py: it has no module at all$/);
  });

  test.each([
    ['mcp.py', 'mcp'],
    ['fastmcp/__init__.py', 'fastmcp'],
    ['mcp_kit.py', 'mcp_kit'],
  ])('a %s of the author would be imported in place of the package', (file, name) => {
    const entry = file.split('/')[0]!;
    expect(() => checkApp(serverFolder({ [file]: '' }), 'server:mcp')).toThrow(
      `has ${entry}, which would be imported in place of the package ${name}: rename it`,
    );
  });
});
