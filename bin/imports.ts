/** Modules that code names by a prefix. */
const MODULES: Readonly<Record<string, string>> = {
  dynamodb: 'aws-cdk-lib/aws-dynamodb',
  ec2: 'aws-cdk-lib/aws-ec2',
  efs: 'aws-cdk-lib/aws-efs',
  kms: 'aws-cdk-lib/aws-kms',
  secretsmanager: 'aws-cdk-lib/aws-secretsmanager',
};

/** The imports that pieces of code need, each once. */
export function importsOf(codes: readonly string[]): string[] {
  const code = codes.join('\n').replaceAll(/'[^']*'/g, ''); // a name of AWS may look like one of ours
  const ours = [...new Set(code.match(/\b(?:Mcp|Cache|Memcached)[A-Z]\w*/g) ?? [])].sort();
  const modules = Object.entries(MODULES).filter(([name]) => new RegExp(`\\b${name}\\.`).test(code));
  return [
    ...modules.map(([name, path]) => `import * as ${name} from '${path}';`),
    `import { ${ours.join(', ')} } from 'cdk-mcp-kit';`,
  ];
}
