import type { Cell, Rating, Row } from './table.ts';

/**
 * The table "Choosing a Backend" of FastMCP's guide, as published for 3.x and 4.x.
 *
 * The ratings are the guide's: a mark with a word is that word, a bare check mark is `good`, a bare warning sign `limited`, a
 * cross `no`. The guide calls the row of files "Disk" in 2.x and "File" since 3.x. It gives no reasons: they are ours.
 *
 * @see https://gofastmcp.com/servers/storage-backends
 */
export const GUIDE_CELLS: Readonly<Record<'memory' | 'disk' | 'redis' | 'dynamodb' | 'mongodb', Row>> = {
  memory: {
    development: cell('best', 'nothing to install or to configure'),
    singleServer: cell('limited', 'everything is gone after a restart'),
    multiServer: cell('no', 'each server would see only what it stored itself'),
    cloudNative: cell('no', 'instances come and go, and what they hold goes with them'),
  },
  disk: {
    development: cell('good', 'survives restarts, and the files can be read'),
    singleServer: cell('recommended', 'survives restarts without another service to run'),
    multiServer: cell('no', 'a folder belongs to one server'),
    cloudNative: cell('limited', 'instances have no lasting disk: it needs a network file system'),
  },
  redis: {
    development: cell('overkill', 'a server to run for what memory does as well'),
    singleServer: cell('good', 'fast, with expiry built in, but one more service to run'),
    multiServer: cell('best', 'shared by all servers, fast, with expiry built in'),
    cloudNative: cell('best', 'shared by all instances, managed as ElastiCache'),
  },
  dynamodb: {
    development: cell('no', 'needs an AWS account before the first line runs'),
    singleServer: cell('limited', 'a round trip to AWS for what a folder does as well'),
    multiServer: cell('good', 'shared and durable, nothing to operate'),
    cloudNative: cell('best', 'the pick on AWS: durable, no network to join, paid per request'),
  },
  mongodb: {
    development: cell('no', 'a database to run before the first line does'),
    singleServer: cell('limited', 'a database to operate for one server'),
    multiServer: cell('good', 'shared and durable'),
    cloudNative: cell('good', 'shared and durable, managed as DocumentDB or Atlas, which cost while idle'),
  },
};

function cell(rating: Rating, reason: string): Cell {
  return { rating, reason, source: 'FastMCP' };
}
