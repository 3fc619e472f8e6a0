import { mavenClassPath } from './maven.ts';
import { type SearchServer, startSearchNode } from './search-node.ts';

/** OpenSearch itself, from its jars: the newest that Java 17 runs. */
export interface OpenSearchProgram {
  readonly classPath: string;
}

const VERSION = '2.19.6';
const ARTIFACTS = [
  `org.opensearch:opensearch:${VERSION}`,
  `org.opensearch.plugin:transport-netty4-client:${VERSION}`,
  `org.opensearch.plugin:lang-painless:${VERSION}`,
  'org.apache.logging.log4j:log4j-core:2.25.4',
];

export async function installOpenSearch(say: (line: string) => void): Promise<OpenSearchProgram> {
  return { classPath: await mavenClassPath(ARTIFACTS, say) };
}

/** Starts one node, without its security plugin. */
export function startOpenSearch(
  { classPath }: OpenSearchProgram,
  settings: Readonly<Record<string, string>> = {},
): Promise<SearchServer> {
  return startSearchNode({ java: 'java', classPath, launcher: 'OpenSearchNode.java', settings });
}
