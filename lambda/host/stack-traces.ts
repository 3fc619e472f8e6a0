/**
 * Stack traces that name the lines of the source. Imported first by a bundle that has source maps next to it.
 *
 * What `node --enable-source-maps` does, at another time: that option looks through every character of every module while
 * it is loaded, 10 ms of a cold start for a bundle of 500 KB. Here a map is read when a stack of its module is first asked for.
 */
import type { SourceMap, SourceMapPayload } from 'node:module';

interface Entry {
  readonly generatedColumn?: number;
  readonly originalSource?: string;
  readonly originalLine?: number;
  readonly originalColumn?: number;
  readonly name?: string;
}

/** From where a function begins to where its name is: a method, `function name`, `async function name`. */
const NAME_OFFSETS = [0, 9, 15];

const maps = new Map<string, SourceMap | undefined>();

Error.prepareStackTrace = (error, frames) =>
  [headline(error), ...frames.map((frame) => `    at ${describe(frame)}`)].join('\n');

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function describe(frame: NodeJS.CallSite): string {
  const file = frame.getScriptNameOrSourceURL();
  const map = file?.startsWith('file:') === true ? mapOf(file) : undefined;
  const place = map && placeOf(map, frame);
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- V8's call sites describe themselves
  if (place === undefined) return frame.toString();
  const name = nameOf(map, frame) ?? frame.getFunctionName();
  return name === null || name === '' ? place : `${name} (${place})`;
}

function placeOf(map: SourceMap, frame: NodeJS.CallSite): string | undefined {
  const {
    originalSource,
    originalLine = 0,
    originalColumn = 0,
  } = find(map, frame.getLineNumber(), frame.getColumnNumber());
  if (originalSource === undefined) return undefined;
  return `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
}

/** The name of the function before it was minified. */
function nameOf(map: SourceMap | undefined, frame: NodeJS.CallSite): string | undefined {
  const line = frame.getEnclosingLineNumber();
  const column = frame.getEnclosingColumnNumber();
  if (!map || !line || !column) return undefined;
  return NAME_OFFSETS.map((offset) => {
    const { generatedColumn, name } = find(map, line, column + offset);
    return generatedColumn === column + offset - 1 ? name : undefined;
  }).find((name) => name !== undefined);
}

function find(map: SourceMap, line: number | null, column: number | null): Entry {
  return line && column ? map.findEntry(line - 1, column - 1) : {};
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

/** A trace is made while something goes wrong already: a map that cannot be read must not make it worse. */
function readMap(file: string): SourceMap | undefined {
  try {
    const { readFileSync } = process.getBuiltinModule('node:fs');
    const { SourceMap } = process.getBuiltinModule('node:module');
    return new SourceMap(JSON.parse(readFileSync(new URL(`${file}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
