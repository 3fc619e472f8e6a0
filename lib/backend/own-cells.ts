import type { Cell, Rating, Row } from './table.ts';

/** Rows for the backends that FastMCP's guide lists but does not rate. Ratings and reasons are those of this kit. */
export const OWN_CELLS: Readonly<Record<'valkey' | 'elasticsearch' | 'memcached' | 'rocksdb', Row>> = {
  valkey: {
    development: cell('overkill', 'a server to run for what memory does as well'),
    singleServer: cell('good', 'as Redis, whose protocol it speaks'),
    multiServer: cell('best', 'as Redis, whose protocol it speaks'),
    cloudNative: cell('best', 'as Redis, at a lower price on ElastiCache and with a tenth of its minimum'),
  },
  elasticsearch: {
    development: cell('no', 'a cluster to run before the first line does'),
    singleServer: cell('limited', 'a search engine to operate for get and put by key'),
    multiServer: cell('limited', 'shared and durable, but it pays for an index that nobody searches'),
    cloudNative: cell('limited', 'OpenSearch nodes cost while idle, for an index that nobody searches'),
  },
  memcached: {
    development: cell('overkill', 'a server to run for what memory does as well'),
    singleServer: cell('limited', 'one more service to run, which forgets at a restart'),
    multiServer: cell('good', 'a shared cache, and nothing but a cache: it evicts what it likes'),
    cloudNative: cell('good', 'a shared cache, managed as ElastiCache; it evicts what it likes'),
  },
  rocksdb: {
    development: cell('overkill', 'a native library for what a folder does as well'),
    singleServer: cell('good', 'survives restarts and is quick, but needs a native library'),
    multiServer: cell('no', 'one process locks the whole database'),
    cloudNative: cell('limited', 'only on the volume of a single task'),
  },
};

function cell(rating: Rating, reason: string): Cell {
  return { rating, reason, source: 'cdk-mcp-kit' };
}
