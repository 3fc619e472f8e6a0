import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { HOST_SETTINGS, WIRING } from '../../../lambda/wiring.ts';
import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import { groupDescription } from '../../private/group-description.ts';
import { BoundCompute } from '../bound-compute.ts';
import type { McpComputeBindOptions } from '../mcp-compute.ts';
import { mergeEnvironment } from '../merge-environment.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';
import { FargateDeployment } from './fargate-deployment.ts';
import { FargateRole } from './fargate-role.ts';
import { gracePeriodOf, healthCheckOf } from './fargate-health-check.ts';
import { sizeOf } from './fargate-limits.ts';
import { scaleOnLoad } from './fargate-scaling.ts';
import { grantConnection } from './invoke-grant.ts';
import { McpListener } from './mcp-listener.ts';
import { ServerLoadBalancer } from './server-load-balancer.ts';
import { ServerTargets } from './server-targets.ts';
import { ServerTask } from './server-task.ts';
import { allowStart, refuseUnreachableImage } from './service-network.ts';

import type { TaskCount } from './task-count.ts';
import { taskCountOf } from './task-count.ts';

const DEFAULT_IDLE = Duration.seconds(300);
const DEFAULT_STOP = Duration.seconds(60);
/** What is left of `stopTimeout` when calls have been given up, to close and to write the last line. */
const LAST_SECONDS = 5;
/** The server keeps a connection for longer than the balancer does, which so never sends a call to one that just closed. */
const KEEP_ALIVE_MARGIN = 5;

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
    const network = networkOf(options);
    refuseSignatures(options);
    const count = taskCountOf(props, options);
    const architecture = props.architecture ?? lambda.Architecture.ARM_64;
    const code = options.code.bindContainer(this, { parts: options.parts, architecture });
    refuseUnreachableImage(network, code.image);
    const listener = props.listener ?? McpListener.internalHttp();
    const idleTimeout = props.idleTimeout ?? DEFAULT_IDLE;
    const stopTimeout = props.stopTimeout ?? DEFAULT_STOP;
    const drainSeconds = stopTimeout.toSeconds() - LAST_SECONDS;
    const settings = (props.deployment ?? FargateDeployment.rolling())._settings;

    const targets = new ServerTargets(this, 'Targets', {
      vpc: network.vpc,
      port: code.port,
      healthCheck: healthCheckOf(props.healthCheck ?? {}, code),
      deregistrationDelay: Duration.seconds(drainSeconds),
      twoGroups: settings.twoGroups,
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
      environment: mergeEnvironment(code, {
        HOST: '0.0.0.0',
        PORT: String(code.port),
        [WIRING.baseUrl]: this.balancer.origin,
        ...options.environment,
        [HOST_SETTINGS.drainSeconds]: String(drainSeconds),
        [HOST_SETTINGS.keepAliveSeconds]: String(idleTimeout.toSeconds() + KEEP_ALIVE_MARGIN),
      }),
    });

    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: groupDescription(`MCP server ${this.node.path}`),
      allowAllOutbound: network.reachesInternet,
    });
    acknowledge(this, {
      'Annotation::@aws-cdk/aws-ec2:ipv4IgnoreEgressRule':
        'a group that lets everything out needs no rules for storage and endpoints; one that does not gets them',
    });
    this.tasks = new ecs.FargateService(this, 'Service', {
      cluster: props.cluster ?? this.ownCluster(network, props.spot ?? false),
      taskDefinition: this.task,
      vpcSubnets: network.vpcSubnets,
      securityGroups: [securityGroup],
      assignPublicIp: false,
      // With scaling, a number here would undo at each deployment what it has added.
      desiredCount: count.min === count.max ? count.min : undefined,
      healthCheckGracePeriod: gracePeriodOf(props.healthCheck ?? {}),
      capacityProviderStrategies: props.spot === true ? spotStrategy(count) : undefined,
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      ...this.deploymentOf(props, options),
    });
    targets.attach(this.tasks, this.task.container, this.balancer.listener);
    allowStart(network, this.tasks);
    // Tasks that start before they reach their image are counted as failed.
    // On the service alone: what scales it is its child, and needs none of this.
    this.tasks.node.defaultChild?.node.addDependency(network, securityGroup, executionRole);
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
    return grantConnection(grantee, this.balancer.listener);
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

  private ownCluster({ vpc }: McpNetwork, spot: boolean): ecs.Cluster {
    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc,
      enableFargateCapacityProviders: spot,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    });
    acknowledge(cluster, {
      'AwsSolutions-ECS4':
        'metrics of the service and of the load balancer cost nothing; Container Insights is paid for',
    });
    return cluster;
  }

  private deploymentOf(
    { deployment = FargateDeployment.rolling() }: FargateComputeProps,
    { singleTask }: McpComputeBindOptions,
  ): Partial<ecs.FargateServiceProps> {
    const { alarms, twoGroups, ...settings } = deployment._settings;
    const names = (alarms ?? (twoGroups ? [this.faultAlarm()] : [])).map(({ alarmName }) => alarmName);
    return {
      minHealthyPercent: singleTask ? 0 : settings.minHealthyPercent,
      maxHealthyPercent: singleTask ? 100 : settings.maxHealthyPercent,
      // Zones cannot be balanced by starting a task before another one ends.
      availabilityZoneRebalancing: singleTask
        ? ecs.AvailabilityZoneRebalancing.DISABLED
        : ecs.AvailabilityZoneRebalancing.ENABLED,
      ...(twoGroups
        ? {
            deploymentStrategy: settings.strategy,
            bakeTime: settings.bakeTime,
            canaryConfiguration: settings.canary,
          }
        : { circuitBreaker: { rollback: true } }), // ECS has it for rolling deployments only
      ...(names.length > 0 && {
        deploymentAlarms: { alarmNames: names, behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM },
      }),
    };
  }

  private faultAlarm(): cloudwatch.Alarm {
    return this.metricErrors({ period: Duration.minutes(1) }).createAlarm(this, 'Faults', {
      alarmDescription: 'The server answers with 5xx: a deployment under way is undone',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}

function networkOf({ network }: McpComputeBindOptions): McpNetwork {
  if (!network)
    throw new Error('tasks of Fargate run in a network: call prepareNetwork() of the compute before bind()');
  return network;
}

function refuseSignatures({ signedByAws }: McpComputeBindOptions): void {
  if (!signedByAws) return;
  throw new Error(
    'McpAuth.iam() needs something in front that checks signatures of AWS, and a load balancer checks none: use ' +
      'McpAuth.jwt(), McpAuth.none() with McpListener.internalHttp(), or compute: McpCompute.lambda()',
  );
}

function refuseNamelessHttps(listener: McpListener, { environment }: McpComputeBindOptions): void {
  const { https } = listener._settings;
  if (!https || https.domainName !== undefined || environment[WIRING.baseUrl] !== undefined) return;
  throw new Error(
    'no certificate is for the name that AWS gives to a load balancer: say which name clients use, domainName in ' +
      'McpListener.https() or baseUrl of the server',
  );
}

/** Where more than one task runs, one of them stays when all of the spare capacity is taken away. */
function spotStrategy({ min }: TaskCount): ecs.CapacityProviderStrategy[] {
  const spot = { capacityProvider: 'FARGATE_SPOT', weight: 1 };
  return min > 1 ? [{ capacityProvider: 'FARGATE', base: 1, weight: 0 }, spot] : [spot];
}
