// The server of fargate-engine.test.ts: says who it is, streams, is sick on demand, and ends politely.
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { RELEASE, PASSWORD = '', HOST, PORT } = process.env;
const writable = (path) => {
  try {
    writeFileSync(path, '');
    return true;
  } catch {
    return false;
  }
};

const server = createServer(async (request, response) => {
  if (request.url === '/health') {
    response.writeHead(RELEASE === 'sick' ? 500 : 200).end(RELEASE === 'sick' ? 'the store is not reachable' : 'fine');
  } else if (request.url?.startsWith('/stream')) {
    for (let piece = 0; piece < 20; piece++) {
      response.write(`${piece}\n`);
      await sleep(100);
    }
    response.end('end\n');
  } else if (request.url === '/echo') {
    request.pipe(response);
  } else {
    const uid = process.getuid();
    const places = {
      root: writable('/app/x'),
      tmp: writable('/tmp/x'),
      own: writable('/own/x'),
      efs: writable('/efs/x'),
    };
    const body = { release: RELEASE, secret: PASSWORD.length, uid, pid: process.pid, places, headers: request.headers };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }
});
server.keepAliveTimeout = 130_000; // longer than the load balancer's
server.listen(Number(PORT), HOST, () => console.log(`release ${RELEASE} listens on ${HOST}:${PORT}`));
if (RELEASE === 'dead') throw new Error('no configuration for release dead');
process.on('SIGTERM', () => {
  console.log('SIGTERM');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
