import type { VersionRange } from './specifier.ts';
import { compareVersions } from './version.ts';

/** A hole in versions of a package. */
export interface Advisory {
  /** Its id in a database of advisories; the number of the fix where it has none. */
  readonly id: string;
  readonly packages: readonly string[];
  /** First version with the hole; absent: all before the fix. */
  readonly from?: string;
  /** First version without it. */
  readonly fixed: string;
  readonly what: string;
}

const FASTMCP = ['fastmcp', 'fastmcp-slim'];
const SDK = ['mcp'];

/**
 * What the kit refuses to deploy, the newest fix first. Holes of what FastMCP itself depends on are in its own floors.
 *
 * @see https://github.com/PrefectHQ/fastmcp/security/advisories
 * @see https://github.com/modelcontextprotocol/python-sdk/security/advisories
 */
export const ADVISORIES: readonly Advisory[] = [
  // https://github.com/PrefectHQ/fastmcp/releases/tag/v3.4.7, "Security": no id of its own
  {
    id: 'PrefectHQ/fastmcp#4799',
    packages: FASTMCP,
    fixed: '3.4.7',
    what: 'assertions of clients are checked against an audience that is not the token endpoint',
  },
  // https://github.com/PrefectHQ/fastmcp/pull/4408 and 4419, 4402: no id of its own
  {
    id: 'PrefectHQ/fastmcp#4408',
    packages: FASTMCP,
    fixed: '3.4.3',
    what: 'clients register redirect URIs that nobody checks',
  },
  // https://github.com/PrefectHQ/fastmcp/security/advisories/GHSA-6x8h-498w-gv8c
  {
    id: 'GHSA-6x8h-498w-gv8c',
    packages: FASTMCP,
    fixed: '3.3.0',
    what: 'an OAuth proxy takes consent that the user never gave',
  },
  // https://github.com/PrefectHQ/fastmcp/pull/4041: no id of its own
  {
    id: 'PrefectHQ/fastmcp#4041',
    packages: FASTMCP,
    fixed: '3.3.0',
    what: "the response cache serves one user's answers to another",
  },
  // https://github.com/PrefectHQ/fastmcp/security/advisories/GHSA-vv7q-7jx5-f767
  {
    id: 'CVE-2026-32871',
    packages: FASTMCP,
    fixed: '3.2.0',
    what: 'path parameters of an OpenAPI server reach any address behind it',
  },
  // https://github.com/PrefectHQ/fastmcp/security/advisories/GHSA-rww4-4w9c-7733
  {
    id: 'CVE-2026-27124',
    packages: FASTMCP,
    fixed: '3.2.0',
    what: 'the callback of an OAuth proxy is not bound to the browser that consented',
  },
  // https://github.com/advisories/GHSA-m8x7-r2rg-vh5g
  {
    id: 'CVE-2025-64340',
    packages: FASTMCP,
    fixed: '3.2.0',
    what: 'the name of a server can carry commands',
  },
  // https://github.com/PrefectHQ/fastmcp/security/advisories/GHSA-5h2m-4q8j-pqpj
  {
    id: 'CVE-2025-69196',
    packages: FASTMCP,
    fixed: '2.14.2',
    what: 'a token for one server is taken by another',
  },
  // https://github.com/PrefectHQ/fastmcp/security/advisories/GHSA-c2jp-c369-7pvx
  {
    id: 'GHSA-c2jp-c369-7pvx',
    packages: FASTMCP,
    fixed: '2.13.0',
    what: 'an OAuth proxy hands an account to whoever tricks its user into one click',
  },
  // https://nvd.nist.gov/vuln/detail/CVE-2025-62800
  {
    id: 'CVE-2025-62800',
    packages: FASTMCP,
    fixed: '2.13.0',
    what: 'the callback page of its OAuth client runs scripts of others',
  },
  // https://nvd.nist.gov/vuln/detail/CVE-2026-59950, GHSA-vj7q-gjh5-988w
  {
    id: 'CVE-2026-59950',
    packages: SDK,
    fixed: '1.28.1',
    what: 'the WebSocket transport takes calls of any web page',
  },
  // https://nvd.nist.gov/vuln/detail/CVE-2026-52870, GHSA-hvrp-rf83-w775
  {
    id: 'CVE-2026-52870',
    packages: SDK,
    from: '1.23.0',
    fixed: '1.27.2',
    what: 'a client reads and cancels the tasks of others',
  },
  // https://nvd.nist.gov/vuln/detail/CVE-2026-52869, GHSA-jpw9-pfvf-9f58
  {
    id: 'CVE-2026-52869',
    packages: SDK,
    fixed: '1.27.2',
    what: 'whoever knows the id of a session acts in it, with any token',
  },
  // https://github.com/modelcontextprotocol/python-sdk/security/advisories/GHSA-9h52-p55h-vw2f
  { id: 'GHSA-9h52-p55h-vw2f', packages: SDK, fixed: '1.23.0', what: 'a web page reaches the server through DNS' },
  // https://nvd.nist.gov/vuln/detail/CVE-2025-53366
  { id: 'CVE-2025-53366', packages: SDK, fixed: '1.9.4', what: 'one malformed request ends the server' },
];

/** The holes of a version of a package, the newest fix first. */
export function advisoriesOf(name: string, version: string): Advisory[] {
  return ADVISORIES.filter(
    ({ packages, from, fixed }) =>
      packages.includes(name) &&
      compareVersions(version, fixed) < 0 &&
      (from === undefined || compareVersions(version, from) >= 0),
  );
}

/** The holes that all versions of a range have. */
export function advisoriesOfAll(name: string, { low, high }: VersionRange): Advisory[] {
  return ADVISORIES.filter(({ packages, from, fixed }) => {
    if (!packages.includes(name) || high === undefined) return false;
    const order = compareVersions(high.version, fixed);
    const isAfter = from === undefined || (low !== undefined && compareVersions(low.version, from) >= 0);
    return isAfter && (order < 0 || (order === 0 && !high.inclusive));
  });
}

/** The first version of a package without any known hole; undefined for a package that has none. */
export function newestFixOf(name: string): string | undefined {
  return ADVISORIES.find(({ packages }) => packages.includes(name))?.fixed;
}
