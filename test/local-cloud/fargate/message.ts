import type { NetworkState } from './network.ts';
import type { ServiceProps } from './service-props.ts';
import type { TaskDefinitionProps } from './task-definition.ts';

/** What the repaired emulator sends. */
export type Message =
  | { readonly kind: 'network'; readonly network: NetworkState }
  | {
      readonly kind: 'service';
      readonly arn: string;
      readonly endpoint: string;
      readonly network: NetworkState;
      readonly props: ServiceProps;
      readonly taskDefinition: TaskDefinitionProps;
    }
  | { readonly kind: 'remove'; readonly arn: string }
  | { readonly kind: 'capacity'; readonly service: string; readonly min: number; readonly max: number };
