import awscdk from 'eslint-plugin-awscdk';
import tseslint from 'typescript-eslint';

const noRoom = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(([regex, message]) => ({ regex, message })) }],
});
const CDK = ['^(aws-cdk-lib|constructs)(/|$)', 'the runtime never imports the CDK'];

export default tseslint.config(
  { ignores: ['dist/', 'cdk.out/', '.cache/', '.mcp-kit/', 'node_modules/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': 'off', // choices are classes with static factories
    },
  },
  { files: ['lib/**/*.ts', 'bin/**/*.ts'], extends: [awscdk.configs.recommended] },
  { files: ['lambda/**/*.ts'], rules: noRoom(CDK, ['^\\.(.*/)?lib/', 'lambda/ never imports lib/']) },
  {
    files: ['lib/backend/**/*.ts'],
    rules: noRoom(CDK, ['(^|/)lambda/', 'lib/backend/ imports neither the CDK nor lambda/']),
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
