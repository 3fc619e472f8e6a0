import { type Agent, request } from 'node:http';

/** A request of bench/messages.mjs. */
interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one message to the MCP endpoint of a server on this machine.
 *
 * @param accepts another status that counts as an answer
 * @throws Error when what comes is no result
 */
export function postMessage(agent: Agent, port: number, { headers, body }: Message, accepts?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (text.includes('"result"') || response.statusCode === accepts) resolve();
        else reject(new Error(`unexpected answer: ${text.slice(0, 300)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
