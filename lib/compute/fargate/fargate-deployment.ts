import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';

import { checkWholeNumber } from '../../private/limits.ts';

/** Properties of `FargateDeployment.rolling()`. */
export interface RollingDeploymentProps {
  /**
   * Share of the tasks that stay healthy meanwhile, in percent: 0 to 100.
   *
   * @default 100 - new tasks come before old ones go
   */
  readonly minHealthyPercent?: number;
  /**
   * Share of the tasks that run meanwhile at most, in percent: 101 to 200.
   *
   * @default 200
   */
  readonly maxHealthyPercent?: number;
  /**
   * Alarms that undo the deployment, besides tasks that do not become healthy.
   *
   * @default - none
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/** Properties of `FargateDeployment.blueGreen()`. */
export interface BlueGreenDeploymentProps {
  /**
   * How long the old tasks stay after the new ones have taken over, so that going back takes no start: 0 to 1440 minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly bakeTime?: Duration;
  /**
   * Alarms that undo the deployment.
   *
   * @default - one that goes off when the server answers with 5xx
   */
  readonly alarms?: cloudwatch.IAlarm[];
}

/** Properties of `FargateDeployment.canary()`. */
export interface CanaryDeploymentProps extends BlueGreenDeploymentProps {
  /**
   * Share of the calls that go to the new tasks at first, in percent: 1 to 99.
   *
   * @default 10
   */
  readonly percent?: number;
  /**
   * How long only they go there: 0 to 1440 minutes.
   *
   * @default Duration.minutes(10)
   */
  readonly duration?: Duration;
}

/** What a deployment asks of the service. */
interface DeploymentSettings {
  readonly strategy: ecs.DeploymentStrategy;
  /** Whether old and new tasks are in two target groups, between which calls are moved. */
  readonly twoGroups: boolean;
  readonly minHealthyPercent: number;
  readonly maxHealthyPercent: number;
  readonly alarms?: cloudwatch.IAlarm[];
  readonly bakeTime?: Duration;
  readonly canary?: ecs.TrafficShiftConfig;
}

const MIN_PERCENT = { min: 0, max: 100, unit: 'percent' };
const MAX_PERCENT = { min: 101, max: 200, unit: 'percent' };
const CANARY_PERCENT = { min: 1, max: 99, unit: 'percent' };
const MINUTES = { min: 0, max: 1440, unit: 'minutes' };

/** How a new version of a server on Fargate takes over. */
export class FargateDeployment {
  /**
   * New tasks replace old ones, a few at a time. Tasks that do not become healthy undo the deployment: the circuit breaker of
   * ECS, after three of them.
   *
   * @throws Error when a share is none
   */
  static rolling(props: RollingDeploymentProps = {}): FargateDeployment {
    checkWholeNumber('minHealthyPercent', props.minHealthyPercent, MIN_PERCENT);
    checkWholeNumber('maxHealthyPercent', props.maxHealthyPercent, MAX_PERCENT);
    return new FargateDeployment({
      strategy: ecs.DeploymentStrategy.ROLLING,
      twoGroups: false,
      minHealthyPercent: props.minHealthyPercent ?? 100,
      maxHealthyPercent: props.maxHealthyPercent ?? 200,
      alarms: props.alarms,
    });
  }

  /**
   * New tasks start beside the old ones, all calls move to them at once, and the old ones stay for a while.
   *
   * @throws Error when the time is none
   */
  static blueGreen(props: BlueGreenDeploymentProps = {}): FargateDeployment {
    return new FargateDeployment({ ...twoGroups(props), strategy: ecs.DeploymentStrategy.BLUE_GREEN });
  }

  /**
   * New tasks start beside the old ones, a few calls move to them, then all, and the old ones stay for a while.
   *
   * @throws Error when a share or a time is none
   */
  static canary(props: CanaryDeploymentProps = {}): FargateDeployment {
    const { percent = 10, duration = Duration.minutes(10) } = props;
    checkWholeNumber('percent', percent, CANARY_PERCENT);
    checkMinutes('duration', duration);
    return new FargateDeployment({
      ...twoGroups(props),
      strategy: ecs.DeploymentStrategy.CANARY,
      canary: { stepPercent: percent, stepBakeTime: duration },
    });
  }

  /** @internal */
  readonly _settings: DeploymentSettings;

  private constructor(settings: DeploymentSettings) {
    this._settings = settings;
  }
}

function twoGroups({
  bakeTime = Duration.minutes(5),
  alarms,
}: BlueGreenDeploymentProps): Omit<DeploymentSettings, 'strategy'> {
  checkMinutes('bakeTime', bakeTime);
  if (alarms?.length === 0) {
    throw new Error(
      "alarms is empty, and nothing else undoes a deployment of two groups of tasks: name some, or leave it out for the kit's own",
    );
  }
  return { twoGroups: true, minHealthyPercent: 100, maxHealthyPercent: 200, bakeTime, alarms };
}

function checkMinutes(name: string, duration: Duration): void {
  checkWholeNumber(name, duration.toMinutes({ integral: false }), MINUTES);
}
