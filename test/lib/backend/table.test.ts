import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BACKEND_NAMES, BACKENDS } from '../../../lib/backend/backends.ts';
import type { Column } from '../../../lib/backend/table.ts';
import { COLUMNS, RATINGS, TABLE, tableAsMarkdown } from '../../../lib/backend/table.ts';

const columns = Object.keys(COLUMNS) as Column[];

test.each([
  ['memory', ['best', 'limited', 'no', 'no']],
  ['disk', ['good', 'recommended', 'no', 'limited']],
  ['redis', ['overkill', 'good', 'best', 'best']],
  ['dynamodb', ['no', 'limited', 'good', 'best']],
  ['mongodb', ['no', 'limited', 'good', 'good']],
] as const)("FastMCP's row of %s is the guide's", (name, ratings) => {
  expect(columns.map((column) => TABLE[name][column].rating)).toEqual(ratings);
  expect(columns.map((column) => TABLE[name][column].source)).toEqual(columns.map(() => 'FastMCP'));
});

test('our rows say that they are ours, and every cell has a reason', () => {
  expect(Object.keys(TABLE).sort()).toEqual([...BACKEND_NAMES].sort());
  for (const name of ['valkey', 'elasticsearch', 'memcached', 'rocksdb'] as const) {
    for (const column of columns) expect(TABLE[name][column].source).toBe('cdk-mcp-kit');
  }
  for (const name of BACKEND_NAMES) {
    for (const column of columns) {
      expect(TABLE[name][column].reason).toMatch(/\w+ \w+/);
      expect(RATINGS).toContain(TABLE[name][column].rating);
    }
  }
});

test('the page of documentation shows this table', () => {
  const page = readFileSync(join(__dirname, '../../../docs/choosing-a-backend.md'), 'utf8');
  const [, shown = ''] = /<!-- table -->\n+([^]+?)\n+<!-- \/table -->/.exec(page) ?? [];
  const bare = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-+ (?=\|)/g, '--- ');
  expect(bare(shown)).toBe(bare(tableAsMarkdown((name) => BACKENDS[name].title)));
});
