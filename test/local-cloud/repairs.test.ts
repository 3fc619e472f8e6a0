import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describeOnCloud } from './available.ts';
import { ownEnvironment } from './environment.ts';
import { LocalCloud } from './local-cloud.ts';
import { runToEnd } from './run.ts';

jest.setTimeout(60_000);

describeOnCloud('the repairs of the local cloud', () => {
  test('each is still needed by the pinned version, and holds', async () => {
    const python = process.env.LOCAL_CLOUD ?? '';
    const { code, output } = await runToEnd(python, [join(__dirname, 'cloud.py'), '--self-test'], {
      env: ownEnvironment(),
    });
    const verdicts = output.split('\n').filter((line) => /^[a-zA-Z ]+: (AWS|Lambda|CloudFormation)/.test(line));
    expect(verdicts.filter((line) => !line.startsWith('ok: '))).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(3);
    expect(code).toBe(0);
  });

  test('a type that is only recorded is announced', async () => {
    const cloud = await LocalCloud.start();
    try {
      expect(cloud.stubbed).toEqual([]);
      const Type = 'AWS::ApplicationAutoScaling::ScalableTarget';
      const TemplateBody = JSON.stringify({ Resources: { Target: { Type, Properties: {} } } });
      const body = new URLSearchParams({ Action: 'CreateStack', StackName: 'Stubbed', TemplateBody });
      expect((await fetch(cloud.endpoint, { method: 'POST', body })).status).toBe(200);
      while (cloud.stubbed.length === 0) await sleep(50);
      expect(cloud.stubbed).toEqual([Type]);
    } finally {
      await cloud.stop();
    }
  });
});
