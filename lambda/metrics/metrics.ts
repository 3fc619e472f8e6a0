/** What a server counts about its own requests. AWS counts invocations, errors and durations of functions by itself. */
export interface RequestMetrics {
  /** An answered request. */
  answered(status: number): void;
  /** Writes what was counted, before the process freezes. */
  flush(): Promise<void>;
}

/** The part of the Powertools metrics that is used. */
interface Sink {
  addMetric(name: string, unit: 'Count', value: number): unknown;
  publishStoredMetrics(): void;
}

export const METRICS_NAMESPACE = 'McpServer';

/**
 * Metrics in the embedded metric format: a line on standard output, from which CloudWatch makes `Requests`, `Refused`
 * (401 and 403) and `Faults` (5xx) in the namespace `McpServer`, with the server's name as `service`. Powertools is loaded
 * with the first line.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function embeddedMetrics(
  serverName: string,
  open: () => Promise<Sink> = () => powertools(serverName),
): RequestMetrics {
  let counts: Record<string, number> = {};
  let sink: Promise<Sink> | undefined;
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  return {
    answered: (status) => {
      count('Requests');
      if (status === 401 || status === 403) count('Refused');
      if (status >= 500) count('Faults');
    },
    flush: async () => {
      const now = Object.entries(counts);
      if (now.length === 0) return;
      counts = {};
      try {
        const opened = await (sink ??= open());
        for (const [name, value] of now) opened.addMetric(name, 'Count', value);
        opened.publishStoredMetrics();
      } catch {
        sink = undefined; // counting must not fail what is counted
      }
    },
  };
}

async function powertools(serviceName: string): Promise<Sink> {
  const { Metrics } = await import('@aws-lambda-powertools/metrics');
  return new Metrics({ namespace: METRICS_NAMESPACE, serviceName });
}
