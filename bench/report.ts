import { pairedRatio, summarize } from './stats.ts';

/** A figure with a limit: what is compared with what, and how far it may go. */
export interface Target {
  readonly row: string;
  readonly against: string;
  readonly limit: number;
}

/** One line of the closing table. */
export interface Verdict {
  readonly what: string;
  readonly ratio: number;
  readonly limit: number;
  /** Why it is missed, as far as figures of the same run show it. */
  readonly reason?: string;
}

const format = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toFixed(4);

/** Prints the rows of one case with their spread, then each target with both of its sides. */
export function report(
  title: string,
  unit: string,
  results: Readonly<Record<string, readonly number[]>>,
  targets: readonly Target[],
): Verdict[] {
  console.log(`\n${title} (${unit})`);
  const width = Math.max(...Object.keys(results).map((name) => name.length));
  for (const [name, values] of Object.entries(results)) {
    const { runs, min, p25, median, p75 } = summarize(values);
    console.log(
      `  ${name.padEnd(width)}  min ${format(min).padStart(7)}  p25 ${format(p25).padStart(7)}  ` +
        `median ${format(median).padStart(7)}  p75 ${format(p75).padStart(7)}  (${runs} runs)`,
    );
  }
  return targets.map(({ row, against, limit }) => {
    const values = results[row] ?? [];
    const baseline = results[against] ?? [];
    const ratio = pairedRatio(values, baseline);
    const sides = `${format(summarize(values).median)} / ${format(summarize(baseline).median)} ${unit}`;
    const target = limit === Infinity ? '' : `; target ≤ ${limit}`;
    const p25 = summarize(values).p25 / summarize(baseline).p25;
    console.log(`  ${row} ÷ ${against} = ${format(ratio)} (p25 ${format(p25)}; medians ${sides}${target})`);
    return { what: `${title}: ${row} ÷ ${against}`, ratio, limit };
  });
}
