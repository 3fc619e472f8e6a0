/** Load balancers, listeners, rules and target groups as the emulator has them: the words of ELB's API. */
export interface NetworkState {
  readonly loadBalancers: readonly LoadBalancerState[];
  readonly listeners: readonly ListenerState[];
  readonly rules: readonly RuleState[];
  readonly targetGroups: readonly TargetGroupState[];
}

export interface LoadBalancerState {
  readonly LoadBalancerArn: string;
  readonly DNSName: string;
  readonly attributes: Attributes;
}

export interface ListenerState {
  readonly ListenerArn: string;
  readonly LoadBalancerArn: string;
  readonly Port: number | string;
  readonly Protocol: string;
  readonly DefaultActions: readonly ActionState[];
}

export interface RuleState {
  readonly RuleArn: string;
  readonly ListenerArn: string;
  readonly Priority: string;
  readonly IsDefault?: boolean;
  readonly Conditions: readonly ConditionState[];
  readonly Actions: readonly ActionState[];
}

export interface ConditionState {
  readonly Field: string;
  readonly Values: readonly string[];
}

export interface ActionState {
  readonly Type: string;
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: {
    readonly TargetGroups?: readonly { readonly TargetGroupArn: string; readonly Weight?: number | string }[];
  };
  readonly FixedResponseConfig?: {
    readonly StatusCode: string;
    readonly ContentType?: string;
    readonly MessageBody?: string;
  };
  readonly RedirectConfig?: Readonly<Record<string, string>>;
}

export interface TargetGroupState {
  readonly TargetGroupArn: string;
  readonly HealthCheckPath: string;
  readonly HealthCheckIntervalSeconds: number;
  readonly HealthCheckTimeoutSeconds: number;
  readonly HealthyThresholdCount: number;
  readonly UnhealthyThresholdCount: number;
  readonly Matcher: { readonly HttpCode: string };
  readonly attributes: Attributes;
}

export type Attributes = readonly { readonly Key: string; readonly Value: string }[];

/** An attribute, or what AWS has when it is not set. */
export function attribute(attributes: Attributes, key: string, fallback: string): string {
  return attributes.find(({ Key }) => Key === key)?.Value ?? fallback;
}
