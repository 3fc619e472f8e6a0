import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Checks the folder that an author points at and returns its absolute path.
 *
 * @param remedy what to do where it is a file
 * @throws Error when it does not exist, or is a file
 */
export function checkFolder(directory: string, remedy: string): string {
  const folder = resolve(directory);
  const given = `directory ${JSON.stringify(directory)}`;
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) {
    throw new Error(`${given} does not exist: no folder ${folder}; paths are relative to the folder that cdk runs in`);
  }
  if (!stat.isDirectory()) throw new Error(`${given} is a file: ${remedy}`);
  return folder;
}
