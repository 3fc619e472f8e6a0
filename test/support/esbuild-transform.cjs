// jest transformer: TypeScript (and ESM-only packages) to CommonJS, by the esbuild that the kit needs anyway.
const { transformSync, version } = require('esbuild');
const { createHash } = require('node:crypto');

module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(version).update(path).update(source).digest('hex'),
  process(source, path) {
    const { code } = transformSync(source, {
      loader: path.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'node24',
      sourcemap: 'inline',
      sourcefile: path,
    });
    return { code };
  },
};
