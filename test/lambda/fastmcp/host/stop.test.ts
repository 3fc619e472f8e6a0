import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeBesidePython } from '../../../support/python-peer.ts';
import { ERAS, httpRequest, rpcRequest } from '../../../support/mcp.ts';
import { open } from '../../../support/sse.ts';
import { startPythonHost, stopPythonHosts } from './python-host.ts';

const call = (name: string, args: object = {}): ReturnType<typeof rpcRequest> =>
  rpcRequest('modern', 'tools/call', { name, arguments: args, _meta: { progressToken: 'p' } });

const folder = mkdtempSync(join(tmpdir(), 'mcp-python-host-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the host listens no more. */
async function refusesConnections(url: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    open(url, httpRequest({ path: '/health' })).then(
      () => true,
      () => false,
    );
  while (await answers());
}

describeBesidePython('the Python host stops', () => {
  afterEach(stopPythonHosts);

  test.each(ERAS.flatMap((era) => (['SIGTERM', 'SIGINT'] as const).map((signal) => [signal, era] as const)))(
    'on %s, when an open stream of the %s era has come to its end',
    async (signal, era) => {
      const host = await startPythonHost();
      const gate = join(folder, `${signal}-${era}`);
      const params = { name: 'waits', arguments: { path: gate }, _meta: { progressToken: 'p' } };
      const stream = await open(host.url, rpcRequest(era, 'tools/call', params));
      expect(await stream.next()).toMatchObject({ params: { progress: 1 } });
      host.kill(signal);
      await refusesConnections(host.url);
      writeFileSync(gate, '');
      expect(await stream.next()).toMatchObject({ params: { progress: 2 } });
      expect(await stream.next()).toMatchObject({ result: { content: [{ text: 'done' }] } });
      expect(await stream.next()).toBeUndefined();
      expect(await host.ended()).toBe(0);
    },
  );

  test('when the time for what is under way is over, threads included', async () => {
    const host = await startPythonHost({ env: { MCP_DRAIN_SECONDS: '1' } });
    const stuck = open(host.url, call('hangs')).then(
      (answer) => answer.text(),
      () => 'broken off',
    );
    const steps = await open(host.url, call('steps', { count: 1 }));
    await steps.next();
    host.kill('SIGTERM');
    expect(await host.ended()).toBe(0);
    await stuck;
  });

  test('at once on the second signal', async () => {
    const host = await startPythonHost({ env: { MCP_DRAIN_SECONDS: '4000' } });
    const steps = await open(host.url, call('steps', { count: 1 }));
    await steps.next();
    host.kill('SIGTERM');
    await refusesConnections(host.url);
    host.kill('SIGTERM');
    expect(await host.ended()).toBe(143);
  });
});
