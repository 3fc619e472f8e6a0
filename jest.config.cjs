// The built-in CloudFormation validator costs 2.8 s per test file: test/lib/every-shape.test.ts alone turns it on again.
process.env.CDK_VALIDATION = 'false';
process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_EC2_METADATA_DISABLED = 'true';
for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_DEFAULT_PROFILE', 'AWS_ENDPOINT_URL'])
  delete process.env[name];

const shared = {
  testEnvironment: 'node',
  transform: {
    '\\.(ts|mjs)$': '<rootDir>/test/support/esbuild-transform.cjs',
    'node_modules/jose/.+\\.js$': '<rootDir>/test/support/esbuild-transform.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/cdk.out', '<rootDir>/.cache'],
  setupFilesAfterEnv: ['aws-cdk-lib/testhelpers/jest-autoclean'],
};

module.exports = {
  maxWorkers: 3, // on two cores: tests wait for servers, clocks and children for a third of their time
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/local-cloud/'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/local-cloud/**/*.test.ts'],
      globalSetup: '<rootDir>/test/local-cloud/global-setup.ts',
    },
  ],
};
