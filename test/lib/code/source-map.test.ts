import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';

import { keepSources } from '../../../lib/code/source-map.ts';
import { folderWith } from './fixtures.ts';

interface Entry {
  readonly originalSource?: string;
  readonly originalLine?: number;
  readonly originalColumn?: number;
}

function read(text: string): SourceMap {
  return new SourceMap(JSON.parse(text) as SourceMapPayload);
}

/** A real map of several generated sources, some of them dependencies, in one file of many lines. */
function bundled(sources: readonly string[], minify: boolean): { code: string; map: string } {
  const files = Object.fromEntries(
    sources.map((text, index) => [index % 2 ? `node_modules/d${index}/index.js` : `own${index}.js`, text]),
  );
  const imports = Object.keys(files).map((name) => `export * from './${name}';`);
  const folder = folderWith({ ...files, 'main.js': imports.join('\n') });
  const { outputFiles } = buildSync({
    absWorkingDir: folder,
    entryPoints: ['main.js'],
    bundle: true,
    format: 'esm',
    write: false,
    minify,
    outdir: 'out',
    sourcemap: 'external',
    treeShaking: false,
  });
  const [map, code] = outputFiles;
  return { code: code?.text ?? '', map: map?.text ?? '' };
}

const statement = fc
  .tuple(
    fc.integer({ min: 0, max: 9 }),
    fc.array(fc.constantFrom('log(1)', 'f("x", 2);\n', '`a\n\nb`', '(() => 3)()'), { maxLength: 6 }),
  )
  .map(([number, parts]) => ({ number, parts }));

test('positions of wanted sources are kept exactly, all others are gone', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), fc.boolean(), (statements, minify) => {
      const sources = statements.map(
        ({ parts }, index) =>
          `export function f${index}(){ return [${parts.map((part) => part.replace(/;\n$/, '')).join(',\n')}] }`,
      );
      const { code, map } = bundled(sources, minify);
      const kept = keepSources(map, (source) => !source.includes('node_modules/'));
      const [before, after] = [read(map), read(kept ?? '{}')];
      code.split('\n').forEach((line, row) => {
        for (let column = 0; column < line.length; column += 1) {
          const was = before.findEntry(row, column) as Entry;
          const is = after.findEntry(row, column) as Entry;
          if (was.originalSource?.includes('node_modules/')) expect(is.originalSource).toBeUndefined();
          else
            expect([is.originalSource, is.originalLine, is.originalColumn]).toEqual([
              was.originalSource,
              was.originalLine,
              was.originalColumn,
            ]);
        }
      });
    }),
    { numRuns: 25 },
  );
});

test('a map without a wanted source is dropped', () => {
  const map = JSON.stringify({ version: 3, sources: ['node_modules/a.js'], names: [], mappings: 'AAAA' });
  expect(keepSources(map, (source) => !source.includes('node_modules/'))).toBeUndefined();
});
