import { Duration, Stack } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct, Node } from 'constructs';

import { McpCompute, McpListener } from '../lib/index.ts';
import { choose, read, readNumber } from './context-values.ts';

/** What has a meaning on Fargate only. */
const OF_FARGATE = ['listener', 'certificate', 'domain', 'minTasks', 'maxTasks', 'stopTimeout', 'baseImage'];

/** What a server runs on. */
export type ComputeKind = 'lambda' | 'fargate';

/** @throws Error when there is no such compute */
export function readComputeKind(node: Node): ComputeKind {
  return choose<ComputeKind>(node, 'compute', 'lambda', { lambda: () => 'lambda', fargate: () => 'fargate' });
}

/**
 * What the app's server runs on.
 *
 * @param scope where a certificate is looked up
 * @throws Error when a value is unknown or does not fit the others
 */
export function readCompute(scope: IConstruct, auth: string): McpCompute {
  return readComputeKind(scope.node) === 'fargate' ? readFargate(scope, auth) : readLambda(scope.node);
}

function readLambda(node: Node): McpCompute {
  for (const name of OF_FARGATE) {
    const value = read(node, name);
    if (value === undefined) continue;
    throw new Error(`${name} ${JSON.stringify(value)} has no meaning with compute=lambda: use -c compute=fargate`);
  }
  return McpCompute.lambda({ architecture: readArchitecture(node) });
}

function readFargate(scope: IConstruct, auth: string): McpCompute {
  const { node } = scope;
  if (auth === 'iam') {
    throw new Error(
      'auth=iam has no meaning with compute=fargate, where nothing checks signatures: use -c auth=jwt|none',
    );
  }
  const stopTimeout = readNumber(node, 'stopTimeout');
  return McpCompute.fargate({
    listener: readListener(scope),
    architecture: readArchitecture(node),
    minTasks: readNumber(node, 'minTasks'),
    maxTasks: readNumber(node, 'maxTasks'),
    stopTimeout: stopTimeout === undefined ? undefined : Duration.seconds(stopTimeout),
    internet: auth !== 'none', // where the keys of the issuer are, and who signs people in
  });
}

function readListener(scope: IConstruct): McpListener {
  const { node } = scope;
  const certificate = read(node, 'certificate');
  const domainName = read(node, 'domain');
  const listener = choose(node, 'listener', certificate === undefined ? 'internal-http' : 'https', {
    'internal-http': () => McpListener.internalHttp(),
    'insecure-http': () => McpListener.insecureHttp(),
    https: () => undefined,
  });
  if (listener) {
    const [name, value] = certificate === undefined ? ['domain', domainName] : ['certificate', certificate];
    if (value === undefined) return listener;
    throw new Error(`${name} ${JSON.stringify(value)} has no meaning without HTTPS: use -c listener=https`);
  }
  if (certificate === undefined || domainName === undefined) {
    throw new Error(
      'listener=https needs a name and a certificate for it: add -c domain=mcp.example.com -c certificate=arn:…',
    );
  }
  return McpListener.https({
    domainName,
    certificates: [acm.Certificate.fromCertificateArn(Stack.of(scope), 'Certificate', certificate)],
  });
}

function readArchitecture(node: Node): lambda.Architecture | undefined {
  return choose(node, 'architecture', 'arm64', {
    arm64: () => lambda.Architecture.ARM_64,
    x86_64: () => lambda.Architecture.X86_64,
  });
}
