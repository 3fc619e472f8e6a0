import type { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';

/** Values to choose from, made for a stack. */
export type Choices<T> = Readonly<Record<string, (stack: Stack) => T>>;

/** A key of the application. */
export function customerKey(stack: Stack): kms.Key {
  const existing = stack.node.tryFindChild('Customer');
  return existing instanceof kms.Key ? existing : new kms.Key(stack, 'Customer', { enableKeyRotation: true });
}
