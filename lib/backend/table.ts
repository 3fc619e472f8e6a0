import type { BackendName } from './backends.ts';
import { GUIDE_CELLS } from './guide-cells.ts';
import { OWN_CELLS } from './own-cells.ts';

/** A column of the table "Choosing a Backend". */
export type Column = 'development' | 'singleServer' | 'multiServer' | 'cloudNative';

/** How well a backend suits a column. `no` refuses it. */
export type Rating = 'best' | 'recommended' | 'good' | 'limited' | 'overkill' | 'no';

/** A cell of the table. */
export interface Cell {
  readonly rating: Rating;
  /** Why, in our words. */
  readonly reason: string;
  /** Who rated it so: FastMCP's guide, or this kit where the guide is silent. */
  readonly source: 'FastMCP' | 'cdk-mcp-kit';
}

/** The cells of one backend. */
export type Row = Readonly<Record<Column, Cell>>;

/** The columns with the headings of the guide. */
export const COLUMNS: Readonly<Record<Column, string>> = {
  development: 'Development',
  singleServer: 'Single Server',
  multiServer: 'Multi-Server',
  cloudNative: 'Cloud Native',
};

/** From the best; `no` is no rating but a refusal. */
export const RATINGS: readonly Rating[] = ['best', 'recommended', 'good', 'limited', 'overkill', 'no'];

/** The whole table: FastMCP's five rows, and four of ours. */
export const TABLE: Readonly<Record<BackendName, Row>> = { ...GUIDE_CELLS, ...OWN_CELLS };

/** The table for a page of documentation, with ours marked by an asterisk. */
export function tableAsMarkdown(titleOf: (name: BackendName) => string): string {
  const columns = Object.keys(COLUMNS) as Column[];
  const head = ['Backend', ...columns.map((column) => COLUMNS[column])];
  const rows = (Object.keys(TABLE) as BackendName[]).map((name) => [
    titleOf(name),
    ...columns.map((column) => {
      const { rating, source } = TABLE[name][column];
      return source === 'FastMCP' ? rating : `${rating} \\*`;
    }),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
