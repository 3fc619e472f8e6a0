import { benchPython, type Language, startServer } from '../fastmcp-servers.ts';
import { printImageSizes } from '../image-sizes.ts';
import { report, type Verdict } from '../report.ts';

const LANGUAGES: readonly Language[] = ['typescript', 'fastmcp'];
const WIDTH = 64;

/** Sizes of images, and memory of a task: at rest after the first call, and with 64 calls under way. */
export async function containers(rounds: number): Promise<Verdict[]> {
  const python = await benchPython();
  await printImageSizes(python);
  const rest: Record<string, number[]> = {};
  const busy: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const language of LANGUAGES) {
      const server = await startServer(language, python, 'memory:', false);
      (rest[language] ??= []).push(server.memory());
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, server.memory())), 50);
      await server.load(WIDTH, 2);
      clearInterval(watch);
      (busy[language] ??= []).push(most);
      await server.stop();
    }
  }
  report('Memory of a server after its first call', 'MiB', rest, [
    { row: 'fastmcp', against: 'typescript', limit: Infinity },
  ]);
  report(`Most memory of a server with ${WIDTH} calls under way`, 'MiB', busy, [
    { row: 'fastmcp', against: 'typescript', limit: Infinity },
  ]);
  return [];
}
