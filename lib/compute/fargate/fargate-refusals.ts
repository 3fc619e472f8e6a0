import { WIRING } from '../../../lambda/wiring.ts';
import type { McpNetwork } from '../../network/mcp-network.ts';
import type { McpComputeBindOptions } from '../mcp-compute.ts';
import type { FargateDeployment } from './fargate-deployment.ts';
import type { McpListener } from './mcp-listener.ts';
import type { TaskCount } from './task-count.ts';

/** @throws Error when there is no network: whoever binds the compute has not asked it what it needs */
export function requireNetwork({ network }: McpComputeBindOptions): McpNetwork {
  if (network) return network;
  throw new Error(
    'tasks of Fargate run in a network: call prepareNetwork() of the compute, and settle() of the network',
  );
}

/** @throws Error when callers are to sign their requests, which no load balancer checks */
export function refuseSignatures({ signedByAws }: McpComputeBindOptions): void {
  if (!signedByAws) return;
  throw new Error(
    'McpAuth.iam() needs something in front that checks signatures of AWS, and a load balancer checks none: use ' +
      'McpAuth.jwt(), McpAuth.none() with McpListener.internalHttp(), or compute: McpCompute.lambda()',
  );
}

/** @throws Error when there are certificates, and nobody says for which name */
export function refuseNamelessHttps(listener: McpListener, { environment }: McpComputeBindOptions): void {
  const { https } = listener._settings;
  if (!https || https.domainName !== undefined || environment[WIRING.baseUrl] !== undefined) return;
  throw new Error(
    'no certificate is for the name that AWS gives to a load balancer: say which name clients use, domainName in ' +
      'McpListener.https() or baseUrl of the server',
  );
}

/**
 * ECS rounds down what may run meanwhile, and up what stays healthy: with few tasks, nothing may be left to do.
 *
 * @throws Error when a deployment could neither start a task beside those that run nor end one first
 */
export function refuseStuckDeployment({ _settings }: FargateDeployment, { min }: TaskCount): void {
  const { twoGroups, minHealthyPercent, maxHealthyPercent } = _settings;
  const room = (min * (maxHealthyPercent - 100)) / 100;
  const spare = (min * (100 - minHealthyPercent)) / 100;
  if (twoGroups || room >= 1 || spare >= 1) return;
  const share = Math.ceil(100 / min);
  throw new Error(
    `with minTasks ${min}, minHealthyPercent ${minHealthyPercent} and maxHealthyPercent ${maxHealthyPercent}, a deployment can ` +
      `neither start a new task nor end an old one: raise maxHealthyPercent to ${100 + share}, or lower minHealthyPercent to ` +
      String(100 - share),
  );
}
