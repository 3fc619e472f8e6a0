/** Properties of AWS::ECS::Service, resolved; numbers and booleans may come as text. */
export interface ServiceProps {
  readonly TaskDefinition: string;
  readonly DesiredCount?: number | string;
  readonly LoadBalancers?: readonly {
    readonly TargetGroupArn?: string;
    readonly ContainerName?: string;
    readonly ContainerPort?: number | string;
  }[];
  readonly HealthCheckGracePeriodSeconds?: number | string;
  readonly DeploymentConfiguration?: {
    readonly MaximumPercent?: number | string;
    readonly MinimumHealthyPercent?: number | string;
    readonly DeploymentCircuitBreaker?: { readonly Enable?: boolean | string; readonly Rollback?: boolean | string };
    readonly Strategy?: string;
  };
  readonly [property: string]: unknown;
}
