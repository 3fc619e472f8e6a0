import { Token } from 'aws-cdk-lib';

/** A range of whole numbers, both ends included. */
export interface Range {
  readonly min: number;
  readonly max?: number;
  /** What is counted, for the message. */
  readonly unit: string;
}

/** @throws Error when the value is known and outside of the range */
export function checkWholeNumber(name: string, value: number | undefined, { min, max, unit }: Range): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (Number.isInteger(value) && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return;
  const range = max === undefined ? `${min} or more` : `${min} to ${max}`;
  throw new Error(`${name} must be a whole number of ${unit}, ${range}, got ${value}`);
}
