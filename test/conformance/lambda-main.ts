/** Serves a Lambda bundle on loopback, and prints where: `tsx lambda-main.ts <bundle>`. */
import { pathToFileURL } from 'node:url';

import { functionUrl } from '../support/function-url.ts';
import { awslambda, type StreamingInvocation } from '../support/lambda-runtime.ts';

async function main(bundle: string): Promise<void> {
  Object.assign(globalThis, { awslambda });
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: StreamingInvocation };
  const { url } = await functionUrl({
    handler,
    onEnd: (error) => {
      if (error) console.error(error);
    },
  });
  console.log(JSON.stringify({ url: `${url}/mcp` }));
}

void main(process.argv[2] ?? '');
