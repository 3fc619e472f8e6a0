import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';

/** What goes wrong, by the metric that counts it. */
const FAULTS = {
  Faults: ['HTTPCode_Target_5XX_Count', 'The server answers with 5xx'],
  Unanswered: ['HTTPCode_ELB_5XX_Count', 'Tasks do not answer, so that the load balancer does with 5xx'],
} as const;

/**
 * Alarms that undo a deployment where ECS has no circuit breaker: for faults that the server answers with, and for those that
 * the load balancer answers with in its place, because tasks end, reset connections or are silent.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 * @internal
 */
export function faultAlarms(scope: Construct, loadBalancer: elbv2.IApplicationLoadBalancer): cloudwatch.IAlarm[] {
  return Object.entries(FAULTS).map(([id, [metricName, what]]) =>
    loadBalancer.metrics.custom(metricName, { statistic: 'Sum', period: Duration.minutes(1) }).createAlarm(scope, id, {
      alarmDescription: `${what}, five times a minute or more: a deployment under way is undone`,
      threshold: 5,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }),
  );
}
