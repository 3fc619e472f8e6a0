import type { Duration } from 'aws-cdk-lib';

import { HOST_SETTINGS, WIRING } from '../../../lambda/wiring.ts';
import type { McpContainerConfig } from '../../code/mcp-code.ts';
import { mergeEnvironment } from '../merge-environment.ts';

interface TaskEnvironmentProps {
  readonly code: McpContainerConfig;
  /** Origin of the load balancer: the server's own unless it was given one. */
  readonly origin: string;
  readonly idleTimeout: Duration;
  /** How long calls may take to finish once the task is told to end. */
  readonly drainSeconds: number;
  /** The wiring, and what the author adds. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The server keeps a connection for longer than the balancer does, which so never sends a call to one that just closed. */
const KEEP_ALIVE_MARGIN = 5;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The environment variables of the container.
 *
 * @throws Error when the author sets one that compute sets, or one without a proper name
 */
export function taskEnvironment(props: TaskEnvironmentProps): { [name: string]: string } {
  const { code, environment } = props;
  const address = { HOST: '0.0.0.0', PORT: String(code.port) };
  for (const name of Object.keys(environment)) {
    if (Object.hasOwn(address, name)) {
      throw new Error(`the environment variable ${name} is set by McpCompute.fargate(), which calls the server there`);
    }
    if (!VARIABLE.test(name)) {
      throw new Error(
        `the environment variable ${JSON.stringify(name)} must have a name of letters, digits and "_", without a digit first`,
      );
    }
  }
  return mergeEnvironment(code, {
    ...address,
    [WIRING.baseUrl]: props.origin,
    ...environment,
    [HOST_SETTINGS.drainSeconds]: String(props.drainSeconds),
    [HOST_SETTINGS.keepAliveSeconds]: String(props.idleTimeout.toSeconds() + KEEP_ALIVE_MARGIN),
  });
}
