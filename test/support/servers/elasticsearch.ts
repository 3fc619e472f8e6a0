import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

import { javaOf } from './java.ts';
import { mavenClassPath } from './maven.ts';
import { type SearchServer, startSearchNode } from './search-node.ts';

/** Elasticsearch itself, from its jars. */
export interface ElasticsearchProgram {
  readonly java: string;
  readonly classPath: string;
}

const VERSION = '9.5.3';
const ARTIFACTS = [
  `org.elasticsearch:elasticsearch:${VERSION}`,
  `org.elasticsearch.plugin:transport-netty4:${VERSION}`,
];
const MODULE = /^(?:transport-netty4|elasticsearch-ssl-config|netty)-/;

export async function installElasticsearch(say: (line: string) => void): Promise<ElasticsearchProgram> {
  return { java: javaOf(21), classPath: await mavenClassPath(ARTIFACTS, say) };
}

/** Starts one node: what listens to HTTP, and nothing else that a distribution adds. It has no language for scripts. */
export function startElasticsearch({ java, classPath }: ElasticsearchProgram): Promise<SearchServer> {
  const jars = classPath.split(delimiter);
  return startSearchNode({
    java,
    classPath: jars.filter((jar) => !MODULE.test(basename(jar))).join(delimiter),
    launcher: 'ElasticsearchNode.java',
    settings: {},
    prepare: (directory) => {
      for (const name of ['modules', 'plugins']) mkdirSync(join(directory, name));
      const folder = join(directory, 'modules', 'transport-netty4');
      for (const jar of jars.filter((path) => MODULE.test(basename(path)))) cpSync(jar, join(folder, basename(jar)));
      writeFileSync(join(folder, 'plugin-descriptor.properties'), DESCRIPTOR);
    },
  });
}

const DESCRIPTOR = `
name=transport-netty4
description=HTTP
version=${VERSION}
elasticsearch.version=${VERSION}
java.version=21
classname=org.elasticsearch.transport.netty4.Netty4Plugin
`;
