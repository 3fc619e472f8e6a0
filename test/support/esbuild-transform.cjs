// jest transformer: TypeScript (and ESM-only packages) to CommonJS, by the esbuild that the kit needs anyway.
const { transformSync, version } = require('esbuild');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const self = readFileSync(__filename);

module.exports = {
  getCacheKey: (source, path) =>
    createHash('sha256').update(version).update(self).update(path).update(source).digest('hex'),
  process(source, path) {
    const { code } = transformSync(source, {
      loader: path.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'node24',
      supported: { 'dynamic-import': false }, // jest has no loader for import() without a flag
      sourcemap: 'inline',
      sourcefile: path,
    });
    return { code };
  },
};
