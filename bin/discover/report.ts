import type { Discovery } from './discovery.ts';
import { isIncomplete } from './discovery.ts';
import type { Advice, Finding, Role } from './finding.ts';
import { concerning, verdictFor } from './finding.ts';
import { importsOf } from '../imports.ts';
import type { NotLooked } from './look.ts';

/** What to tell. */
export interface ReportOptions {
  readonly roles: readonly Role[];
  /** Also the names of tables with other keys. */
  readonly all: boolean;
  readonly limit: number;
}

/** The answer for people: a block for each resource, the nearest to serving first, then what was left out. */
export function report(found: Discovery, { roles, all, limit }: ReportOptions): string {
  const findings = nearestFirst(found.findings, roles);
  const sections = [
    `In ${found.region}${found.account === undefined ? '' : `, account ${found.account}`}:`,
    ...(findings.length === 0 ? [nothing(found)] : findings.map((finding) => block(finding, roles))),
    others(found, all),
    ...unseen(found.notLooked),
    ...found.bounded.map((what) => `Looked at the first ${limit} ${what} only: more with --limit.`),
    paste(found.region, findings),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** The answer for scripts. */
export function reportJson(found: Discovery, roles: readonly Role[]): string {
  const findings = nearestFirst(found.findings, roles).map((finding) => ({
    ...finding,
    verdict: Object.fromEntries(roles.map((role) => [role, verdictFor(finding, role)])),
  }));
  return `${JSON.stringify({ ...found, findings }, null, 2)}\n`;
}

const TITLES: Readonly<Record<Role, string>> = { cache: 'a cache', oauth: 'OAuth state' };

function nearestFirst(findings: readonly Finding[], roles: readonly Role[]): Finding[] {
  const distance = (finding: Finding): number =>
    roles.reduce(
      (sum, role) => sum + [finding.lacks, finding.unknown].flatMap((all) => concerning(all, [role])).length,
      0,
    );
  return [...findings].sort((one, other) => distance(one) - distance(other));
}

function block(finding: Finding, roles: readonly Role[]): string {
  const about = (what: string, role?: Role): string => (role === undefined ? what : `for ${TITLES[role]} ${what}`);
  return [
    `${finding.kind} ${finding.name}: ${verdict(finding, roles)}`,
    ...concerning(finding.lacks, roles).flatMap((lack) => item(about('lacks', lack.role), lack)),
    ...concerning(finding.unknown, roles).map(({ what, role }) => `  ${about('unknown', role)}: ${what}`),
    ...finding.advice.flatMap((advice) => item('advice', advice)),
    ...(finding.code === undefined ? [] : [finding.code.replaceAll(/^/gm, '  ')]),
  ].join('\n');
}

function item(label: string, { what, remedy = [] }: Advice): string[] {
  return [`  ${label}: ${what}`, ...remedy.map((step) => `    → ${step}`)];
}

/** As in `ready for a cache, not for OAuth state`. */
function verdict(finding: Finding, roles: readonly Role[]): string {
  const of = (wanted: string) =>
    roles.filter((role) => verdictFor(finding, role) === wanted).map((role) => TITLES[role]);
  const [ready, unknown, lacking] = [of('ready'), of('unknown'), of('lacking')];
  const parts = [
    ...(ready.length > 0 ? [`ready for ${ready.join(' and ')}`] : []),
    ...(unknown.length > 0 ? [`perhaps ready for ${unknown.join(' and ')}`] : []),
    ...(lacking.length > 0 ? [`not ready for ${lacking.join(', nor for ')}`] : []),
  ];
  return parts.join(', ');
}

/** Where the code goes, and what it needs. */
function paste(region: string, findings: readonly Finding[]): string {
  const codes = findings.map(({ code }) => code).filter((code) => code !== undefined);
  if (codes.length === 0) return '';
  return [`The code is for the properties of McpServer, in a stack of ${region}:`, ...importsOf(codes)].join('\n  ');
}

function nothing(found: Discovery): string {
  const so = isIncomplete(found)
    ? 'Nothing that can serve was found, but not everything was looked at.'
    : 'Nothing here can serve.';
  const empty = isIncomplete(found) || found.otherTables.length > 0 ? '' : 'There is no table and no cache. ';
  return `${empty}${so}\nTo make a table: storage: McpStorage.dynamoDb(), or ask mcp-kit choose what suits.`;
}

function others({ otherTables }: Discovery, all: boolean): string {
  if (otherTables.length === 0) return '';
  const [count, have] = otherTables.length === 1 ? ['1 table', 'has'] : [`${otherTables.length} tables`, 'have'];
  const line = `${count} ${have} other keys than collection S, key S, and cannot serve`;
  if (!all) return `${line}: their names with --all.`;
  return [`${line}:`, ...otherTables.map(({ name, keys }) => `  ${name} (${keys})`)].join('\n');
}

/** Each reason once, with all that it kept from being looked at. */
function unseen(notLooked: readonly NotLooked[]): string[] {
  const whys = new Set(notLooked.map(({ why }) => why));
  return [...whys].map((why) => {
    const what = notLooked
      .filter((note) => note.why === why)
      .map(({ action, resources }) => action + onNamed(resources));
    return why.startsWith('not allowed')
      ? `${why.replace('n', 'N')} to look: ${what.join('; ')}.`
      : `Could not look (${why}): ${what.join('; ')}.`;
  });
}

const NAMED = 3;

function onNamed(resources: readonly string[]): string {
  if (resources.length === 0) return '';
  const more = resources.length > NAMED ? ` and ${resources.length - NAMED} more` : '';
  return ` on ${resources.slice(0, NAMED).join(', ')}${more}`;
}
