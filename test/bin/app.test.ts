import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** The app as the CDK's command line starts it. */
function app(context: object, env: NodeJS.ProcessEnv = {}): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', join('bin', 'app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context), ...env },
    encoding: 'utf8',
  });
  return { code: status, stderr };
}

test.each([
  [
    { storage: 'postgres' },
    expect.stringMatching(/^unknown storage "postgres": use -c storage=dynamodb\|[a-z|]+\n$/) as string,
  ],
  [
    { entry: 'no.ts' },
    `entry "no.ts" does not exist: no file ${join(ROOT, 'no.ts')}; paths are relative to the folder that cdk runs in\n`,
  ],
])('what was mistyped is told in one line: %j', (context, line) => {
  expect(app(context)).toEqual({ code: 1, stderr: line });
});

test('with --debug it says where', () => {
  const { code, stderr } = app({ storage: 'postgres' }, { CDK_DEBUG: 'true' });
  expect(stderr).toContain('unknown storage "postgres"');
  expect(stderr).toMatch(/ {4}at .*context\.ts/);
  expect(code).toBe(1);
});
