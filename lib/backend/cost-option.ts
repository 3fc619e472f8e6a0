/** One line of a monthly bill. */
export interface CostPart {
  readonly label: string;
  readonly usd: number;
  /** Whether it is due without any request. */
  readonly fixed: boolean;
}

/** Nodes that are paid by the hour. */
export interface Nodes {
  readonly type: string;
  readonly count: number;
}

/** One way to have a backend. */
export interface CostOption {
  readonly as: string;
  /** The nodes of a cache; without any it is serverless. */
  readonly nodes?: Nodes;
  readonly parts: readonly CostPart[];
}

export function costPart(label: string, usd: number, { fixed = false } = {}): CostPart {
  return { label, usd, fixed };
}

/** USD a month. */
export function costTotal({ parts }: CostOption): number {
  return parts.reduce((sum, { usd }) => sum + usd, 0);
}
