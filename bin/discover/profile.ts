import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Whether a file of the AWS configuration has a section of that name. Only headings are looked at. */
export function hasProfile(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  const files = [
    env.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials'),
  ];
  return files.some((file) => profilesOf(file).includes(name));
}

function profilesOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // most people have only one of them
  }
  const headings = text.matchAll(/^\s*\[\s*(?:profile\s+)?(["']?)(.+?)\1\s*\]/gm);
  return [...headings].map(([, , profile = '']) => profile);
}
