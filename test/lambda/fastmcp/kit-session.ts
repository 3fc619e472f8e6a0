import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { bytesOf, listen } from '../../support/loopback.ts';
import { KIT_ENVIRONMENT, PACKAGE_HOME, PYTHON } from './kit-python.ts';

/** What a call of Python's store came to. */
export interface Outcome {
  /** What it returned. */
  readonly is?: unknown;
  /** Type and message of what it raised. */
  readonly fault?: string;
}

/** A process of Python with a store that `mcp_kit` opened; calls are made one after the other. */
export interface KitSession {
  /** `call('put', 'key', { n: 1 }, { collection: 'c', ttl: 60 })` */
  call(verb: string, ...args: readonly unknown[]): Promise<Outcome>;
  /** Evaluates an expression, `store` being the store. */
  evaluate(expression: string): Promise<Outcome>;
  stop(): Promise<void>;
}

const SCRIPT = `
import asyncio, json, os, sys, warnings
warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import mcp_kit
from mcp_kit.guarded import GuardedStore
from mcp_kit.deployed_store import opened_store
import logging
logging.disable()

async def main():
    opened = opened_store()
    store = mcp_kit.oauth_storage() if sys.argv[2] == "oauth" else GuardedStore(opened.store, opened.scheme)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        try:
            if "expression" in request:
                answer = eval(request["expression"])
                if asyncio.iscoroutine(answer):
                    answer = await answer
            else:
                options = request["args"].pop() if request["args"] and isinstance(request["args"][-1], dict) else {}
                answer = await getattr(store, request["verb"])(*request["args"], **options)
            outcome = {"is": answer}
        except Exception as error:
            outcome = {"fault": f"{type(error).__name__}: {error}"}
        print(json.dumps(outcome), flush=True)
    await opened.store.close() if hasattr(opened.store, "close") else None

asyncio.run(main())
`;

/**
 * Starts Python.
 *
 * @param kind `oauth`: what `oauth_storage()` returns, for the server `notes`. Default: the bare store, bounded in time
 */
export function openKit(
  url: string,
  env: Readonly<Record<string, string>> = {},
  kind: 'bare' | 'oauth' = 'bare',
): KitSession {
  const child: ChildProcessWithoutNullStreams = spawn(PYTHON, ['-c', SCRIPT, PACKAGE_HOME, kind], {
    env: { ...KIT_ENVIRONMENT, MCP_SERVER_NAME: 'notes', MCP_STORE_URL: url, ...env },
  });
  const exited = once(child, 'close');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<Outcome> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`Python ended: ${errors.slice(-3000)}`);
    return JSON.parse(value) as Outcome;
  };
  return {
    call: (verb, ...args) =>
      ask({ verb, args: typeof args.at(-1) === 'object' && args.length > 1 ? args : [...args, {}] }),
    evaluate: (expression) => ask({ expression }),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** Secrets Manager, as far as it gives out one secret. */
export interface LocalSecret {
  readonly arn: string;
  /** What the secret says now. */
  text: string;
  /** How often it was asked. */
  readonly asked: number;
  /** What Python needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startSecret(text: string): Promise<LocalSecret> {
  const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Store-AbCdEf';
  let asked = 0;
  const held = { text };
  const server = createServer((request, response) => {
    void bytesOf(request).then((body) => {
      asked++;
      const { SecretId: id } = JSON.parse(String(body)) as { SecretId: string };
      const known = id === arn && request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      response.writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify(known ? { ARN: arn, SecretString: held.text } : { __type: 'ResourceNotFoundException' }),
      );
    });
  });
  const listening = await listen(server);
  return {
    arn,
    get text() {
      return held.text;
    },
    set text(next) {
      held.text = next;
    },
    get asked() {
      return asked;
    },
    env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://${listening.host}` },
    stop: () => listening.stop(),
  };
}
