import { Duration } from 'aws-cdk-lib';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';

import type { McpContainerConfig } from '../../code/mcp-code.ts';
import { checkWholeNumber } from '../../private/limits.ts';

/** How the load balancer finds out whether a task can take calls. */
export interface FargateHealthCheck {
  /**
   * Time between two checks, 5 to 300 seconds, and longer than `timeout`.
   *
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;
  /**
   * How long an answer may take, 2 to 120 seconds.
   *
   * @default Duration.seconds(5)
   */
  readonly timeout?: Duration;
  /**
   * Good answers in a row that make a task healthy, 2 to 10.
   *
   * @default 2
   */
  readonly healthyThreshold?: number;
  /**
   * Missing or bad answers in a row that make a task unhealthy, so that it is replaced: 2 to 10.
   *
   * @default 3
   */
  readonly unhealthyThreshold?: number;
  /**
   * How long a new task may be unhealthy before it is replaced: 0 or more seconds. Give slow starts more.
   *
   * @default Duration.seconds(60)
   */
  readonly gracePeriod?: Duration;
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
const INTERVAL = { min: 5, max: 300, unit: 'seconds' };
const TIMEOUT = { min: 2, max: 120, unit: 'seconds' };
const THRESHOLD = { min: 2, max: 10, unit: 'answers' };
const GRACE = { min: 0, unit: 'seconds' };

/** @throws Error when a value is outside of the limits of a load balancer */
export function validateHealthCheck(check: FargateHealthCheck = {}): void {
  const { interval, timeout } = withDefaults(check);
  checkWholeNumber('healthCheck.interval', interval.toSeconds({ integral: false }), INTERVAL);
  checkWholeNumber('healthCheck.timeout', timeout.toSeconds({ integral: false }), TIMEOUT);
  checkWholeNumber('healthCheck.healthyThreshold', check.healthyThreshold, THRESHOLD);
  checkWholeNumber('healthCheck.unhealthyThreshold', check.unhealthyThreshold, THRESHOLD);
  checkWholeNumber('healthCheck.gracePeriod', check.gracePeriod?.toSeconds({ integral: false }), GRACE);
  if (timeout.toSeconds() >= interval.toSeconds()) {
    throw new Error(
      `healthCheck.timeout must be shorter than healthCheck.interval, got ${timeout.toString()} and ${interval.toString()}: ` +
        'raise the interval',
    );
  }
}

/** The check as a target group has it. */
export function healthCheckOf(check: FargateHealthCheck, { healthPath }: McpContainerConfig): elbv2.HealthCheck {
  const { interval, timeout } = withDefaults(check);
  return {
    path: healthPath,
    healthyHttpCodes: '200',
    interval,
    timeout,
    healthyThresholdCount: check.healthyThreshold ?? 2,
    unhealthyThresholdCount: check.unhealthyThreshold ?? 3,
  };
}

export function gracePeriodOf({ gracePeriod = Duration.seconds(60) }: FargateHealthCheck): Duration {
  return gracePeriod;
}

function withDefaults({ interval = Duration.seconds(10), timeout = Duration.seconds(5) }: FargateHealthCheck): {
  readonly interval: Duration;
  readonly timeout: Duration;
} {
  return { interval, timeout };
}
