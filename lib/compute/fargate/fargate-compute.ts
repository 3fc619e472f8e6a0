import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';
import { groupDescription } from '../../private/group-description.ts';
import { BoundCompute } from '../bound-compute.ts';
import type { McpComputeBindOptions } from '../mcp-compute.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';
import { FargateDeployment } from './fargate-deployment.ts';
import { FargateRole } from './fargate-role.ts';
import { healthCheckOf } from './fargate-health-check.ts';
import { faultAlarms } from './fault-alarms.ts';
import { sizeOf } from './fargate-limits.ts';
import { refuseNamelessHttps, refuseSignatures, refuseStuckDeployment, requireNetwork } from './fargate-refusals.ts';
import { scaleOnLoad } from './fargate-scaling.ts';
import { grantConnection } from './invoke-grant.ts';
import { McpListener } from './mcp-listener.ts';
import { ServerCluster } from './server-cluster.ts';
import { ServerLoadBalancer } from './server-load-balancer.ts';
import { ServerService } from './server-service.ts';
import { ServerTargets } from './server-targets.ts';
import { ServerTask } from './server-task.ts';
import { allowStart, refuseUnreachableImage } from './service-network.ts';
import { taskCountOf } from './task-count.ts';
import { taskEnvironment } from './task-environment.ts';

const DEFAULT_IDLE = Duration.seconds(300);
const DEFAULT_STOP = Duration.seconds(60);
/** What is left of `stopTimeout` when calls have been given up, to close and to write the last line. */
const LAST_SECONDS = 5;

/**
 * A server on Fargate: a service of ECS behind a load balancer of its own.
 *
 * @internal
 */
export class FargateCompute extends BoundCompute {
  override readonly rootUrl: string;
  override readonly ephemeral = true;
  override readonly role: iam.IRole;
  override readonly logGroup: logs.ILogGroup;
  private readonly balancer: ServerLoadBalancer;
  private readonly task: ServerTask;
  private readonly tasks: ecs.FargateService;

  constructor(scope: Construct, id: string, props: FargateComputeProps, options: McpComputeBindOptions) {
    super(scope, id);
    const network = requireNetwork(options);
    refuseSignatures(options);
    const count = taskCountOf(props, options);
    const architecture = props.architecture ?? lambda.Architecture.ARM_64;
    const code = options.code.bindContainer(this, {
      parts: options.parts,
      architecture,
      folders: options.mounts.map(({ path }) => path),
    });
    const listener = props.listener ?? McpListener.internalHttp();
    const idleTimeout = props.idleTimeout ?? DEFAULT_IDLE;
    const stopTimeout = props.stopTimeout ?? DEFAULT_STOP;
    const drainSeconds = stopTimeout.toSeconds() - LAST_SECONDS;
    const deployment = props.deployment ?? FargateDeployment.rolling();
    if (!options.singleTask) refuseStuckDeployment(deployment, count); // such a task ends before the next one starts
    const healthCheck = props.healthCheck ?? {};
    const spot = props.spot ?? false;

    const targets = new ServerTargets(this, 'Targets', {
      vpc: network.vpc,
      port: code.port,
      healthCheck: healthCheckOf(healthCheck, code),
      deregistrationDelay: Duration.seconds(drainSeconds),
      twoGroups: deployment._settings.twoGroups,
    });
    this.balancer = new ServerLoadBalancer(this, 'LoadBalancer', {
      listener,
      network,
      idleTimeout,
      defaultAction: targets.defaultAction,
      deletionProtection: props.deletionProtection ?? false,
      accessLogs: props.accessLogs,
    });
    this.rootUrl = `${this.balancer.origin}/`;
    refuseNamelessHttps(listener, options);

    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? options.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    this.role = new FargateRole(this, 'Role', { description: 'What the code of an MCP server may do' });
    const executionRole = new FargateRole(this, 'ExecutionRole', {
      description: 'What ECS does to start an MCP server',
    });
    this.task = new ServerTask(this, 'Task', {
      code,
      size: sizeOf(props),
      architecture,
      stopTimeout,
      logGroup: this.logGroup,
      taskRole: this.role,
      executionRole,
      mounts: options.mounts,
      environment: taskEnvironment({
        code,
        origin: this.balancer.origin,
        idleTimeout,
        drainSeconds,
        environment: options.environment,
      }),
    });
    refuseUnreachableImage(network, this.task.container);

    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: groupDescription(`MCP server ${this.node.path}`),
      allowAllOutbound: network.reachesInternet,
    });
    acknowledge(this, {
      'Annotation::@aws-cdk/aws-ec2:ipv4IgnoreEgressRule':
        'a group that lets everything out needs no rules for storage and endpoints; one that does not gets them',
    });
    const { alarms } = deployment._settings;
    this.tasks = new ServerService(this, 'Service', {
      cluster: props.cluster ?? new ServerCluster(this, 'Cluster', { vpc: network.vpc, spot }),
      task: this.task,
      network,
      securityGroup,
      count,
      singleTask: options.singleTask,
      spot,
      deployment,
      alarms: alarms ?? (deployment._settings.twoGroups ? faultAlarms(this, this.loadBalancer) : []),
      healthCheck,
    });
    targets.attach(this.tasks, this.task.container, this.balancer.listener);
    allowStart(network, this.tasks);
    // Tasks that start before they reach their image count as failed, and ECS moves calls as soon as it may. What scales the
    // service, its child, needs no such wait.
    this.tasks.node.defaultChild?.node.addDependency(network, securityGroup, executionRole, targets);
    if (count.max > count.min) {
      const scaled = this.tasks.autoScaleTaskCount({ minCapacity: count.min, maxCapacity: count.max });
      scaleOnLoad(scaled, props.scaling ?? {}, targets.counted);
    }
  }

  override get service(): ecs.FargateService {
    return this.tasks;
  }

  override get taskDefinition(): ecs.FargateTaskDefinition {
    return this.task;
  }

  override get cluster(): ecs.ICluster {
    return this.tasks.cluster;
  }

  override get loadBalancer(): elbv2.ApplicationLoadBalancer {
    return this.balancer.loadBalancer;
  }

  override get connections(): ec2.Connections {
    return this.tasks.connections;
  }

  override grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return grantConnection(grantee, this.balancer);
  }

  override metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (/^(CPU|Memory|EphemeralStorage)/.test(metricName)) return this.tasks.metric(metricName, props);
    return this.loadBalancer.metrics.custom(metricName, props);
  }

  override metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RequestCount', { statistic: 'Sum', ...props });
  }

  override metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('HTTPCode_Target_5XX_Count', { statistic: 'Sum', ...props });
  }

  override metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TargetResponseTime', { statistic: 'Average', ...props });
  }

  override metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RejectedConnectionCount', { statistic: 'Sum', ...props });
  }
}
