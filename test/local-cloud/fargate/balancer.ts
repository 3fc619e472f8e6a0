import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HOP_BY_HOP } from '../../support/hop-by-hop.ts';
import { answerGateway, answerItself, type Failure } from './balancer-answers.ts';
import { actionOf } from './listener-rules.ts';
import { attribute, type ListenerState, type LoadBalancerState, type RuleState } from './network.ts';
import type { Target, TargetGroup } from './target-group.ts';

/** Milliseconds until a target must accept a connection. */
const CONNECT_TIMEOUT = 10_000;

/** A listener of a load balancer, as last read from the emulator. */
export interface ListenerConfig {
  readonly loadBalancer: LoadBalancerState;
  readonly listener: ListenerState;
  readonly rules: readonly RuleState[];
}

/**
 * A listener of an Application Load Balancer, on a port of loopback. It speaks HTTP/1.1 both ways and streams.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
 */
export class BalancerListener {
  config: ListenerConfig;
  readonly #groups: ReadonlyMap<string, TargetGroup>;
  readonly #server: Server;
  #name: string | undefined;
  /** Answers of its own: 502, 503, 504, with what led to them. */
  readonly failures: Failure[] = [];

  constructor(config: ListenerConfig, groups: ReadonlyMap<string, TargetGroup>) {
    this.config = config;
    this.#groups = groups;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (incoming, outgoing) => {
      try {
        this.#handle(incoming, outgoing);
      } catch (error) {
        outgoing.writeHead(500, { 'content-type': 'text/plain' }).end(`${(error as Error).message}\n`); // not played here
      }
    });
    this.#server.on('clientError', (_error, socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\nserver: awselb/2.0\r\nconnection: close\r\n\r\n');
    });
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The name that clients know it by, as they send it. @default - that of the load balancer */
  get name(): string {
    return this.#name ?? this.config.loadBalancer.DNSName.toLowerCase();
  }

  set name(name: string) {
    this.#name = name;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const action = actionOf(this.config, {
      ...readRequest(incoming),
      host: this.#hostOf(incoming).split(':')[0] ?? '',
    });
    if (action.Type !== 'forward') {
      answerItself(action, incoming, outgoing);
      return;
    }
    const group = this.#groups.get(
      action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? '',
    );
    const target = group?.choose();
    if (target === undefined) this.#fail(503, 'no target may be asked', incoming, outgoing);
    else this.#forward(target, incoming, outgoing);
  }

  #forward(target: Target, incoming: IncomingMessage, outgoing: ServerResponse): void {
    target.inFlight++;
    target.requests++;
    const idle = Number(attribute(this.config.loadBalancer.attributes, 'idle_timeout.timeout_seconds', '60')) * 1000;
    const forwarded = request({
      host: target.address,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: this.#headersFor(incoming),
      setDefaultHeaders: false,
      agent: target.agent,
    });
    const giveUp = (code: 502 | 504, reason: string): void => {
      if (outgoing.headersSent) outgoing.destroy();
      else this.#fail(code, `${reason} (${target.address}:${target.port})`, incoming, outgoing);
      forwarded.destroy();
    };
    let timer = setTimeout(() => undefined, 0);
    const wait = (time: number, reason: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        giveUp(504, reason);
      }, time);
    };
    const alive = (): void => {
      wait(idle, `nothing was sent for ${idle / 1000} s, the idle timeout`);
    };
    wait(CONNECT_TIMEOUT, 'the target did not accept the connection in 10 s');
    forwarded.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', alive);
      else alive();
    });
    forwarded.on('response', (answer) => {
      alive();
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHopByHop(answer.rawHeaders));
      outgoing.flushHeaders();
      answer.on('data', alive);
      answer.on('error', () => outgoing.destroy());
      answer.on('aborted', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    forwarded.on('error', (error) => {
      if (!outgoing.closed) giveUp(502, error.message);
    });
    outgoing.on('close', () => {
      clearTimeout(timer);
      target.inFlight--;
      forwarded.destroy();
    });
    incoming.on('data', alive);
    incoming.on('error', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }

  #fail(code: 502 | 503 | 504, reason: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.failures.push({ code, reason, request: `${incoming.method ?? ''} ${incoming.url ?? ''}` });
    answerGateway(code, incoming, outgoing);
  }

  /** Who calls the address of this machine means the name that was asked for, which does not resolve here. */
  #hostOf(incoming: IncomingMessage): string {
    const { host = '' } = incoming.headers;
    return host === this.host || host === this.host.replace('127.0.0.1', 'localhost') ? this.name : host;
  }

  #headersFor(incoming: IncomingMessage): string[] {
    const { listener } = this.config;
    const headers = withoutHopByHop(incoming.rawHeaders);
    const kept: string[] = [];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index]!;
      if (!/^(host|x-forwarded-(for|proto|port)|x-amzn-trace-id|content-length)$/i.test(name))
        kept.push(name, headers[index + 1]!);
    }
    const before = incoming.headers['x-forwarded-for'];
    const client = incoming.socket.remoteAddress ?? '127.0.0.1';
    const length = incoming.headers['content-length'];
    const time = Math.floor(Date.now() / 1000).toString(16);
    return [
      ...['Host', this.#hostOf(incoming)],
      ...['X-Forwarded-For', before === undefined ? client : `${String(before)}, ${client}`],
      ...['X-Forwarded-Proto', listener.Protocol.toLowerCase(), 'X-Forwarded-Port', String(listener.Port)],
      ...[
        'X-Amzn-Trace-Id',
        incoming.headers['x-amzn-trace-id']?.toString() ?? `Root=1-${time}-${randomBytes(12).toString('hex')}`,
      ],
      ...(length !== undefined ? ['Content-Length', length] : []),
      ...(incoming.headers['transfer-encoding'] !== undefined ? ['Transfer-Encoding', 'chunked'] : []),
      ...['Connection', 'keep-alive'],
      ...kept,
    ];
  }
}

function readRequest(incoming: IncomingMessage): { path: string; method: string } {
  return { path: (incoming.url ?? '/').split('?')[0] ?? '/', method: incoming.method ?? 'GET' };
}

function withoutHopByHop(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    if (!HOP_BY_HOP.has(raw[index]!.toLowerCase())) kept.push(raw[index]!, raw[index + 1]!);
  }
  return kept;
}
