import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';

const MINUTE = { period: Duration.minutes(1) };

/**
 * Alarms that undo a deployment where ECS has no circuit breaker: for faults that the server answers with, and for those that
 * the load balancer answers with in its place, because tasks end, reset connections or are silent.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 * @internal
 */
export function faultAlarms(scope: Construct, { metrics }: elbv2.IApplicationLoadBalancer): cloudwatch.IAlarm[] {
  const answered = metrics.httpCodeTarget(elbv2.HttpCodeTarget.TARGET_5XX_COUNT, MINUTE);
  const unanswered = metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, MINUTE);
  return [
    alarm(scope, 'Faults', answered, 'The server answers with 5xx'),
    alarm(scope, 'Unanswered', unanswered, 'Tasks do not answer, so that the load balancer does with 5xx'),
  ];
}

function alarm(scope: Construct, id: string, metric: cloudwatch.Metric, what: string): cloudwatch.Alarm {
  return metric.createAlarm(scope, id, {
    alarmDescription: `${what}, five times a minute or more: a deployment under way is undone`,
    threshold: 5,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
}
