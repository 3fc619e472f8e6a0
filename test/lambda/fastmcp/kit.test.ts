import { describeBesidePython } from '../../support/python-peer.ts';
import { ALL_PASSED, PACKAGE_HOME, pytest, python } from './kit-python.ts';

describeBesidePython('mcp_kit', () => {
  test.each([
    'test_oauth_storage.py',
    'test_response_cache.py',
    'test_refreshing.py',
    'test_kept_value.py',
    'test_state_faults.py',
    'test_request_state.py',
    'test_host_logs.py',
    'test_public_names.py',
    'test_sign_in.py',
    'test_versions.py',
    'test_private_names.py',
    'test_entry_store.py',
  ])(
    '%s',
    async (file) => {
      const { code, output } = await pytest(file);
      expect(output).toMatch(ALL_PASSED);
      expect(code).toBe(0);
    },
    60_000,
  );

  test('its types hold, in the strict mode of mypy', async () => {
    const flags = ['--strict', '--no-incremental', '--cache-dir=/dev/null', '--python-version=3.10'];
    const { code, output } = await python(['-m', 'mypy', ...flags, '-p', 'mcp_kit']);
    expect(output).toContain('Success: no issues found');
    expect(code).toBe(0);
  }, 180_000);

  test('importing it loads nothing: a server pays for what it uses', async () => {
    const script =
      'import sys, mcp_kit; print(sorted({name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)))';
    const { output } = await python([
      '-S',
      '-E',
      '-c',
      `import sys; sys.path.insert(0, ${JSON.stringify(PACKAGE_HOME)}); ${script}`,
    ]);
    expect(output.trim()).toBe("['__main__', 'mcp_kit']");
  });
});
