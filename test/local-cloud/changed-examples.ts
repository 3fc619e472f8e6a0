import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CACHE, ROOT } from './paths.ts';

/** Tools of the weather as it is changed here: the last tells the release. */
export const WEATHER_TOOLS = ['climate', 'year', 'remember_place', 'recall_place', 'release'];

/** Tools of the notes as they are changed here. `count` reports progress twelve times. */
export const NOTES_TOOLS = [
  ...['write_note', 'read_note', 'list_notes', 'search_notes', 'outline'],
  ...['count', 'release', 'who'],
];

/** What the tool `count` answers. */
export const COUNTED = '1 2 3 4 5 6 7 8 9 10 11 12';

/** The weather example with one more tool, which tells the variable RELEASE. @returns a folder with `server.ts` */
export function writeChangedWeather(): string {
  const example = join(ROOT, 'examples', 'weather');
  const tool = `  mcp.registerTool('release', { inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: process.env.RELEASE ?? 'first' }],
  }));
  return mcp;`;
  const source = readFileSync(join(example, 'server.ts'), 'utf8')
    .replace("'../../lambda/serve.ts'", `'${join(ROOT, 'lambda', 'serve.ts')}'`)
    .replace("'./climate.ts'", `'${join(example, 'climate.ts')}'`)
    .replace("version: '1.0.0'", "version: '1.1.0'")
    .replace('  return mcp;', tool);
  const folder = makeFolder('changed-weather-');
  writeFileSync(join(folder, 'server.ts'), source);
  return folder;
}

/** The notes example with more tools; `release` tells the variable RELEASE. @returns a folder with `server.py` */
export function writeChangedNotes(): string {
  const folder = makeFolder('changed-notes-');
  cpSync(join(ROOT, 'examples', 'notes'), folder, { recursive: true });
  const source = readFileSync(join(folder, 'server.py'), 'utf8');
  const tools = readFileSync(join(__dirname, 'fastmcp', 'more_tools.py'), 'utf8');
  writeFileSync(join(folder, 'server.py'), `${source}\n\n${tools}`);
  return folder;
}

/** Inside the project: what is written there imports the same packages. */
function makeFolder(name: string): string {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, name));
}
