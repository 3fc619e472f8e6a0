import { HOST_SETTINGS } from '../wiring.ts';

/** How the HTTP host ends, and how long it keeps connections. */
export interface HostSettings {
  /** How long calls may take to finish once the server is told to end, in milliseconds. */
  readonly drainMs: number;
  /** How long a connection without a request is kept, in milliseconds. */
  readonly keepAliveMs: number;
}

const DEFAULT_DRAIN_SECONDS = 10;
/** Longer than the 60 seconds after which AWS load balancers drop an idle connection, so that they never find it closed. */
const DEFAULT_KEEP_ALIVE_SECONDS = 65;
const MAX_SECONDS = 86_400;

/**
 * Settings from `MCP_DRAIN_SECONDS` (10 without it) and `MCP_KEEP_ALIVE_SECONDS` (65 without it).
 *
 * @throws {Error} when one is no number of seconds
 */
export function readHostSettings(env: Readonly<Record<string, string | undefined>>): HostSettings {
  return {
    drainMs: 1000 * seconds(env, HOST_SETTINGS.drainSeconds, DEFAULT_DRAIN_SECONDS),
    keepAliveMs: 1000 * seconds(env, HOST_SETTINGS.keepAliveSeconds, DEFAULT_KEEP_ALIVE_SECONDS),
  };
}

function seconds(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,5}$/.test(text) || Number(text) > MAX_SECONDS) {
    throw new Error(`${name} is ${JSON.stringify(text)}: set whole seconds from 0 to ${MAX_SECONDS}, as ${name}=30`);
  }
  return Number(text);
}
