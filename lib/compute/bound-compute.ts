import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** The compute of one server, provisioned. Grants made to it reach the code of the server. */
export abstract class BoundCompute extends Construct implements iam.IGrantable {
  /** Public address of the server; ends with a slash. */
  abstract readonly rootUrl: string;
  /** Whether what a process holds in memory is lost whenever the platform likes. */
  abstract readonly ephemeral: boolean;
  /** The role that the code runs with. */
  abstract readonly role: iam.IRole;
  /** The log group that the code writes to. */
  abstract readonly logGroup: logs.ILogGroup;

  get grantPrincipal(): iam.IPrincipal {
    return this.role;
  }

  /**
   * The Lambda function.
   *
   * @throws Error when the server runs on something else
   */
  get function(): lambda.Function {
    throw new Error('this compute has no function: only McpCompute.lambda() has one');
  }

  /**
   * The Function URL.
   *
   * @throws Error when the server runs on something else
   */
  get functionUrl(): lambda.FunctionUrl {
    throw new Error('this compute has no Function URL: only McpCompute.lambda() has one');
  }

  /**
   * The service of ECS.
   *
   * @throws Error when the server runs on something else
   */
  get service(): ecs.FargateService {
    throw new Error('this compute has no service: only McpCompute.fargate() has one');
  }

  /**
   * The task definition of the service.
   *
   * @throws Error when the server runs on something else
   */
  get taskDefinition(): ecs.FargateTaskDefinition {
    throw new Error('this compute has no task definition: only McpCompute.fargate() has one');
  }

  /**
   * The cluster that the service is in.
   *
   * @throws Error when the server runs on something else
   */
  get cluster(): ecs.ICluster {
    throw new Error('this compute has no cluster: only McpCompute.fargate() has one');
  }

  /**
   * The load balancer in front of the service.
   *
   * @throws Error when the server runs on something else
   */
  get loadBalancer(): elbv2.ApplicationLoadBalancer {
    throw new Error('this compute has no load balancer: only McpCompute.fargate() has one');
  }

  /**
   * The security groups of the server.
   *
   * @throws Error when the server is in no network
   */
  get connections(): ec2.Connections {
    throw new Error('this server is in no network, so it has no security groups: give its compute a vpc');
  }

  /** Lets a principal call the server. */
  abstract grantInvoke(grantee: iam.IGrantable): iam.Grant;

  /** A metric of the compute by its name in CloudWatch. */
  abstract metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** How often the server was called. */
  metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Invocations', { statistic: 'Sum', ...props });
  }

  /** How often a call ended in a fault of the server. */
  metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Errors', { statistic: 'Sum', ...props });
  }

  /** How long calls took. */
  metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Duration', { statistic: 'Average', ...props });
  }

  /** How often a call was turned away because too many ran at once. */
  metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Throttles', { statistic: 'Sum', ...props });
  }
}
