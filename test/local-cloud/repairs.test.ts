import { join } from 'node:path';

import { describeOnCloud } from './available.ts';
import { ownEnvironment } from './environment.ts';
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
});
