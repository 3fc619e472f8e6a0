import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkFolder } from '../folder.ts';
import { moduleNames } from './python-scan.ts';

/** Packages that the server needs under their own names: a file of the author's would be imported in their place. */
const TAKEN = ['fastmcp', 'mcp', 'mcp_kit', 'key_value', 'uvicorn', 'starlette', 'pydantic', 'vendor'];
const APP = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)$/;

/**
 * Checks the folder of a server and the object in it that is to be served, and returns the folder's absolute path.
 *
 * @throws Error when the folder or the module does not exist, or the module has nothing by that name
 */
export function checkApp(directory: string, app: string): string {
  if (typeof directory !== 'string' || directory === '') {
    throw new Error("directory is required: the folder of the FastMCP server, such as directory: 'server'");
  }
  const folder = checkFolder(directory, "name the folder that it is in, and the file in app: 'server:mcp'");
  const given = `directory ${JSON.stringify(directory)}`;
  refuseShadows(folder, given);
  const [, module, name] = APP.exec(app) ?? [];
  if (module === undefined || name === undefined) {
    throw new Error(
      `app must be "module:object", such as "server:mcp" for mcp = FastMCP(…) in server.py, got ${JSON.stringify(app)}`,
    );
  }
  checkObject(folder, given, module, name);
  return folder;
}

function checkObject(folder: string, given: string, module: string, name: string): void {
  const path = moduleFile(folder, module);
  if (path === undefined) {
    const found = readdirSync(folder).filter((file) => file.endsWith('.py'));
    const names = found.length === 0 ? 'it has no module at all' : `its modules are ${found.join(', ')}`;
    throw new Error(
      `${given} has no module ${JSON.stringify(module)}, no file ${module.replaceAll('.', '/')}.py: ${names}`,
    );
  }
  const names = moduleNames(readFileSync(path, 'utf8'));
  if (names === undefined || names.has(name)) return;
  const others = [...names].filter((other) => !other.startsWith('_')).slice(0, 10);
  throw new Error(
    `${path} has no top-level name ${JSON.stringify(name)}: write ${name} = FastMCP(…) there, or name another object in ` +
      `app${others.length === 0 ? '' : `; it has ${others.join(', ')}`}`,
  );
}

function moduleFile(folder: string, module: string): string | undefined {
  const path = join(folder, ...module.split('.'));
  return [`${path}.py`, join(path, '__init__.py')].find((file) => existsSync(file));
}

function refuseShadows(folder: string, given: string): void {
  for (const name of TAKEN) {
    const file = [`${name}.py`, name].find((entry) => existsSync(join(folder, entry)));
    if (file === undefined) continue;
    throw new Error(`${given} has ${file}, which would be imported in place of the package ${name}: rename it`);
  }
}
