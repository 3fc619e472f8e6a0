import { cpus, totalmem } from 'node:os';

/** A series of one figure of one row. */
export interface Summary {
  readonly runs: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => {
    const position = (sorted.length - 1) * q;
    const low = sorted[Math.floor(position)] ?? NaN;
    const high = sorted[Math.ceil(position)] ?? NaN;
    return low + (high - low) * (position - Math.floor(position));
  };
  return { runs: sorted.length, min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75) };
}

/**
 * Median of the ratios of each round. Rows of one round ran next to each other, so a machine that slows down for a
 * while slows both sides.
 */
export function pairedRatio(values: readonly number[], baseline: readonly number[]): number {
  return summarize(values.map((value, round) => value / (baseline[round] ?? NaN))).median;
}

/** Runs each row once per round, in an order that changes from round to round. */
export async function interleave<Row extends string>(
  rows: readonly Row[],
  rounds: number,
  run: (row: Row, round: number) => Promise<number>,
): Promise<Record<Row, number[]>> {
  const results = Object.fromEntries(rows.map((row) => [row, [] as number[]])) as Record<Row, number[]>;
  for (let round = 0; round < rounds; round++) {
    const order = rows.map((_, index) => rows[(index + round) % rows.length] as Row);
    for (const row of order) results[row].push(await run(row, round));
  }
  return results;
}

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.version}`;
}
