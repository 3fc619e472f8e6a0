/** Calls that are made again and again, and how many times as much as the bare SDK the kit may take for one. */
export interface Load {
  readonly title: string;
  readonly method: string;
  /** How many tools the server has. */
  readonly tools: number;
  /** Calls in each round. */
  readonly calls: number;
  readonly limit: number;
}
