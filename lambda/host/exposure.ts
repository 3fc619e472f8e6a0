import type { AuthPolicy } from '../wiring.ts';

/** What the Node host should tell about who can call it: nobody, or everybody on the network. */
export function exposureWarning(mode: AuthPolicy['mode'], host: string): string | undefined {
  if (mode === 'iam') return 'every call will be refused: only a Function URL checks signatures of AWS, not this host';
  if (mode === 'none' && !isLoopback(host))
    return 'whoever reaches this address may call: MCP_AUTH has the mode "none"';
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
