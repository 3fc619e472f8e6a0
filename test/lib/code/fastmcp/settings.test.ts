import { execFileSync } from 'node:child_process';

import { environmentOf, SETTINGS } from '../../../../lib/code/fastmcp/settings.ts';
import { describePython } from './installers.ts';

const PREFIX = 'FASTMCP_';
const SCRIPT = `
import json, fastmcp, key_value.aio
fields = type(fastmcp.settings).model_fields
print(json.dumps({
  "known": sorted(fields),
  "values": json.loads(fastmcp.settings.model_dump_json(exclude={"oauth_encryption_key"})),
  "defaults": json.loads(type(fastmcp.settings).model_construct().model_dump_json(exclude={"oauth_encryption_key"})),
  "beartype_off": key_value.aio.disable_beartype,
}))
`;

interface Told {
  readonly known: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly beartype_off: boolean;
}

function fastmcpWith(env: Readonly<Record<string, string>>): Told {
  const text = execFileSync(process.env.MCP_KIT_PYTHON!, ['-c', SCRIPT], { env, cwd: '/', encoding: 'utf8' });
  return JSON.parse(text) as Told;
}

describePython('the settings that the construct makes', () => {
  const own = SETTINGS.filter(({ variable }) => variable.startsWith(PREFIX));

  test('are settings of FastMCP, which takes them from the environment', () => {
    const { known, values, defaults, beartype_off } = fastmcpWith(environmentOf(SETTINGS));
    for (const { variable, value } of own) {
      const name = variable.slice(PREFIX.length).toLowerCase();
      expect(known).toContain(name);
      expect([name, String(values[name])]).toEqual([name, value]);
    }
    expect(beartype_off).toBe(true);
    // Without the construct, what matters most is otherwise.
    expect(defaults).toMatchObject({ stateless_http: false, log_enabled: true, check_for_updates: 'stable' });
    expect(defaults.home).not.toBe('/tmp/fastmcp');
  });
});
