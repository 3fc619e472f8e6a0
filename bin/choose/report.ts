import { BACKENDS } from '../../lib/backend/backends.ts';
import type { Choice, RankedBackend } from '../../lib/backend/choose-backend.ts';
import type { Facts } from '../../lib/backend/facts.ts';
import { pasteFor } from '../../lib/backend/paste.ts';
import { importsOf } from '../imports.ts';

/** The answer for people: workload, ranking, reasons, refusals, and what to paste. */
export function report(choice: Choice): string {
  const sections = [
    `For ${describe(choice.workload)}:`,
    ranking(choice),
    section(
      'Why',
      choice.ranking.map(({ backend, reasons }) => [BACKENDS[backend].title, asFlags(reasons.join('; '))]),
    ),
    section(
      'Refused',
      choice.refused.flatMap(({ backend, reason, remedy }) => [
        [BACKENDS[backend].title, reason],
        ['', `→ ${asFlags(remedy)}`],
      ]),
    ),
    section(
      'By cost',
      choice.crossovers.map(({ below, above, requestsPerSecond }) => [
        `${BACKENDS[below].title} below, ${BACKENDS[above].title} above`,
        `${rate(requestsPerSecond)} requests per second`,
      ]),
    ),
    paste(choice),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** The answer for scripts: the choice, and what to paste. */
export function reportJson(choice: Choice): string {
  const { code, notes } = pasteFor(choice);
  const paste = { code, ...(code !== undefined && { imports: importsOf([code]) }), notes };
  return `${JSON.stringify({ ...choice, paste }, null, 2)}\n`;
}

/** What a property of the constructs is called here. */
function asFlags(text: string): string {
  return text.replaceAll(/\ballowLostWrites\b/g, '--allow-lost-writes');
}

/** What was given and what was assumed, so that nobody takes an assumption for an answer. */
function describe(facts: Facts): string {
  const parts = [
    facts.environment,
    `platform ${facts.platform}`,
    `${facts.servers} server${facts.servers === 1 ? '' : 's'}`,
    facts.role === 'oauth' ? 'OAuth state' : 'a cache',
    `${facts.requestsPerSecond} requests/s`,
    ...(facts.role === 'cache' ? [`hit ratio ${facts.hitRatio}`] : []),
    `entries of ${facts.itemSizeKb} KB`,
    ...(facts.persistence ? ['persistent'] : []),
    ...(facts.latencyMs === undefined ? [] : [`reads within ${facts.latencyMs} ms`]),
    ...(facts.internet ? ['calls the internet'] : []),
    ...(facts.existing.length > 0 ? [`existing ${facts.existing.join(', ')}`] : []),
  ];
  return parts.join(', ');
}

function ranking({ ranking: ranked, priced }: Choice): string {
  if (ranked.length === 0) return '';
  const rows = ranked.map((item, index) => [String(index + 1), ...row(item)]);
  const table = align([['', 'backend', 'rating', 'USD/month', 'as'], ...rows]);
  return `${table}\n\nStorage only, at list prices of ${priced.region}, ${priced.date}.`;
}

function row({ backend, rating, monthlyUsd, as }: RankedBackend): string[] {
  const dollars = monthlyUsd.toFixed(2).padStart('USD/month'.length);
  return [BACKENDS[backend].title, rating, dollars, as];
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${title}\n${indent(align(rows))}`;
}

function paste(choice: Choice): string {
  const { code, notes } = pasteFor(choice);
  return [
    ...(code === undefined
      ? []
      : [
          'Paste into the properties of McpServer',
          `  ${code}`,
          'with',
          ...importsOf([code]).map((line) => `  ${line}`),
        ]),
    ...notes.map((note) => `Note: ${note}.`),
    ...(isOnAws(choice.workload) ? [`${DISCOVER} --role ${choice.workload.role}`] : []),
  ].join('\n');
}

const DISCOVER = 'To see which of your tables and caches on AWS can serve: npx mcp-kit discover';

/** What exists may be what the other command finds. */
function isOnAws({ platform, existing }: Facts): boolean {
  return platform !== 'machine' && existing.some((name) => /^(?:dynamodb|redis|valkey|memcached)$/.test(name));
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function rate(requestsPerSecond: number): string {
  return requestsPerSecond < 10 ? requestsPerSecond.toPrecision(2) : requestsPerSecond.toFixed(0);
}
