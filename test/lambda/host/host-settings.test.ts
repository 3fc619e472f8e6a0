import { readHostSettings } from '../../../lambda/host/host-settings.ts';

test.each([
  [{}, { drainMs: 10_000, keepAliveMs: 65_000 }],
  [
    { MCP_DRAIN_SECONDS: '', MCP_KEEP_ALIVE_SECONDS: '' },
    { drainMs: 10_000, keepAliveMs: 65_000 },
  ],
  [
    { MCP_DRAIN_SECONDS: '55', MCP_KEEP_ALIVE_SECONDS: '4005' },
    { drainMs: 55_000, keepAliveMs: 4_005_000 },
  ],
  [{ MCP_DRAIN_SECONDS: '0' }, { drainMs: 0, keepAliveMs: 65_000 }],
])('%j', (env, settings) => {
  expect(readHostSettings(env)).toEqual(settings);
});

test.each(['-1', '1.5', 'soon', '86401', '1e3', ' 5'])('%j is no number of seconds', (text) => {
  expect(() => readHostSettings({ MCP_DRAIN_SECONDS: text })).toThrow(
    `MCP_DRAIN_SECONDS is ${JSON.stringify(text)}: set whole seconds from 0 to 86400, as MCP_DRAIN_SECONDS=30`,
  );
  expect(() => readHostSettings({ MCP_KEEP_ALIVE_SECONDS: text })).toThrow('MCP_KEEP_ALIVE_SECONDS is');
});
