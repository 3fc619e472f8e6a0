import { spawnSync } from 'node:child_process';

import { installerEnvironment } from './installer.ts';

/** A fault of a module, as Python tells it. */
interface SyntaxFault {
  readonly file: string;
  /** Absent for a fault of the whole file, such as bytes that are no text. */
  readonly line: number | null;
  readonly what: string;
}

/** Reads names of modules and prints the first fault as JSON, or nothing. Nothing is run. */
const CHECK = `
import json, sys, warnings
warnings.simplefilter("ignore")
for file in sys.stdin.read().split("\\0"):
  try:
    with open(file, "rb") as module: compile(module.read(), file, "exec", dont_inherit=True)
  except (SyntaxError, ValueError) as error:
    line, what = getattr(error, "lineno", None), getattr(error, "msg", None) or str(error)
    print(json.dumps({"file": file, "line": line, "what": type(error).__name__ + ": " + what}))
    break
`;

/**
 * Checks that the author's modules can be read by the Python that they will run on. Of packages nobody asks that: some carry
 * code for other versions along, which is never imported.
 *
 * @param python one of the target's version
 * @param files those of the server, relative to its folder
 * @throws Error with file, line and fault
 */
export function refuseSyntaxErrors(python: string, version: string, directory: string, files: readonly string[]): void {
  const modules = files.filter((file) => file.endsWith('.py'));
  if (modules.length === 0) return;
  const { status, stdout } = spawnSync(python, ['-I', '-X', 'utf8', '-c', CHECK], {
    input: modules.join('\0'),
    cwd: directory,
    encoding: 'utf8',
    env: installerEnvironment(),
  });
  if (status !== 0 || stdout === '') return; // a Python that cannot even do this tells nothing of the modules
  const { file, line, what } = JSON.parse(stdout) as SyntaxFault;
  throw new Error(
    `${file}${line === null ? '' : ` line ${line}`} in ${directory} is nothing that Python ${version} can read: ${what}. ` +
      `Correct it, or leave it out of what is deployed: exclude: [${JSON.stringify(file)}]`,
  );
}
