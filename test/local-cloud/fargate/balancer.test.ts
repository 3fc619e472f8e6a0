import { once } from 'node:events';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { bytesOf } from '../../support/loopback.ts';
import { LocalBalancers } from './local-balancers.ts';
import type { ActionState, Attributes, NetworkState, RuleState } from './network.ts';
import type { Target } from './target-group.ts';

const GROUP = 'arn:group';
const FORWARD: ActionState = { Type: 'forward', TargetGroupArn: GROUP };

function network(
  options: { readonly rules?: readonly RuleState[]; readonly balancer?: Attributes; readonly group?: Attributes } = {},
): NetworkState {
  const health = {
    ...{ HealthCheckPath: '/health', HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 2 },
    ...{ HealthyThresholdCount: 2, UnhealthyThresholdCount: 2, Matcher: { HttpCode: '200-204' } },
  };
  const listener = { ListenerArn: 'arn:listener', LoadBalancerArn: 'arn:balancer', Port: 80, Protocol: 'HTTP' };
  return {
    loadBalancers: [
      { LoadBalancerArn: 'arn:balancer', DNSName: 'Name-1.elb.amazonaws.com', attributes: options.balancer ?? [] },
    ],
    listeners: [{ ...listener, DefaultActions: [FORWARD] }],
    rules: options.rules ?? [],
    targetGroups: [{ TargetGroupArn: GROUP, ...health, attributes: options.group ?? [] }],
  };
}

describe('the load balancer of the local cloud', () => {
  let balancers: LocalBalancers;
  const stops: (() => void)[] = [];

  beforeEach(() => {
    balancers = new LocalBalancers(0.001, 2_000);
  });
  afterEach(async () => {
    await balancers.close();
    stops.splice(0).forEach((stop) => {
      stop();
    });
  });

  /** A target whose health is as given, registered and judged. */
  const target = async (listener: RequestListener, health = 200): Promise<Target> => {
    const server = createServer((incoming, outgoing) => {
      if (incoming.url === '/health') outgoing.writeHead(health).end('sick');
      else listener(incoming, outgoing);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const registered = balancers.group(GROUP).register('task', '127.0.0.1', (server.address() as AddressInfo).port);
    while (registered.state === 'initial') await sleep(10);
    return registered;
  };
  const url = (path = '/'): string => balancers.reach(`http://name-1.elb.amazonaws.com${path}`);

  test('answers 503 as long as there is no target, and says what it knows when asked for another name', async () => {
    await balancers.update(network());
    const answer = await fetch(url());
    expect([answer.status, answer.headers.get('server')]).toEqual([503, 'awselb/2.0']);
    expect(() => balancers.reach('http://other.example.com:8080/')).toThrow(
      '"http://other.example.com:8080/" leads to no load balancer that is deployed: Name-1.elb.amazonaws.com:80',
    );
  });

  test('tells the target who calls, for whom, and how', async () => {
    await balancers.update(network());
    await target((incoming, outgoing) => outgoing.end(JSON.stringify(incoming.headers)));
    const seen = (await (await fetch(url(), { headers: { 'x-forwarded-for': '192.0.2.1' } })).json()) as object;
    expect(seen).toMatchObject({
      host: 'name-1.elb.amazonaws.com',
      'x-forwarded-for': '192.0.2.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as unknown,
    });
    const { hostname, port } = new URL(url());
    const asked = request({ host: hostname, port, headers: { host: 'mcp.example.com' } }).end();
    const [answer] = (await once(asked, 'response')) as [Parameters<typeof bytesOf>[0]];
    expect(JSON.parse((await bytesOf(answer)).toString())).toMatchObject({ host: 'mcp.example.com' });
    const own = await fetch(balancers.reach('http://own.example.com/'));
    expect(await own.json()).toMatchObject({ host: 'own.example.com' });
  });

  test('answers 502 for a target that hangs up, and cuts what had begun', async () => {
    await balancers.update(network());
    await target((incoming, outgoing) => {
      if (incoming.url === '/begun') outgoing.write('part');
      setTimeout(() => outgoing.destroy(), 20);
    });
    expect((await fetch(url())).status).toBe(502);
    expect(balancers.failures).toMatchObject([{ code: 502, request: 'GET /' }]);
    await expect((await fetch(url('/begun'))).text()).rejects.toThrow();
  });

  test('answers 504 when nothing is sent for the idle timeout, and lets what is sent in time pass', async () => {
    await balancers.update(network({ balancer: [{ Key: 'idle_timeout.timeout_seconds', Value: '2' }] }));
    await target((incoming, outgoing) => {
      if (incoming.url === '/silent') return;
      const pieces = setInterval(() => outgoing.write('.'), 400);
      setTimeout(() => {
        clearInterval(pieces);
        outgoing.end('end');
      }, 3_000);
    });
    const [silent, slow] = await Promise.all([fetch(url('/silent')), fetch(url())]);
    expect(silent.status).toBe(504);
    expect(await slow.text()).toMatch(/^\.+end$/);
  });

  test('asks the healthy only; when all are sick, all', async () => {
    await balancers.update(network());
    const sick = await target((_incoming, outgoing) => outgoing.end('sick'), 500);
    expect([sick.state, sick.reason]).toEqual([
      'unhealthy',
      'GET /health: health checks failed with these codes: [500] sick', // AWS tells the code only
    ]);
    expect(await (await fetch(url())).text()).toBe('sick');
    await target((_incoming, outgoing) => outgoing.end('well'), 204);
    const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(url())).text()));
    expect(answers).toEqual(['well', 'well', 'well']);
  });

  test('a target that leaves gets no new request, and finishes those it has', async () => {
    await balancers.update(network());
    let finish = (): void => undefined;
    const leaving = await target((_incoming, outgoing) => {
      outgoing.write('begun ');
      finish = () => outgoing.end('finished');
    });
    const stream = await fetch(url());
    const left = balancers.group(GROUP).deregister(leaving);
    expect((await fetch(url())).status).toBe(503);
    await target((_incoming, outgoing) => outgoing.end('next'));
    expect(await (await fetch(url())).text()).toBe('next');
    expect(leaving.inFlight).toBe(1);
    finish();
    expect(await stream.text()).toBe('begun finished');
    await left;
    expect(leaving.inFlight).toBe(0);
  });

  test('the one that is idle is asked, where the least busy is wanted', async () => {
    await balancers.update(
      network({ group: [{ Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' }] }),
    );
    const first = await target((_incoming, outgoing) => outgoing.end());
    const second = await target((_incoming, outgoing) => outgoing.end());
    first.inFlight = 1;
    for (let index = 0; index < 3; index++) await fetch(url());
    expect([first.requests, second.requests]).toEqual([0, 3]);
  });

  test('rules come before the default action, by their priority', async () => {
    const fixed = (body: string): readonly ActionState[] => [
      { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '403', MessageBody: body } },
    ];
    const path = (value: string) => ({ Field: 'path-pattern', Values: [value] });
    const rule = (Priority: string, value: string, Actions: readonly ActionState[]): RuleState => ({
      ...{ RuleArn: `arn:rule/${Priority}`, ListenerArn: 'arn:listener', Priority, Conditions: [path(value)], Actions },
    });
    const redirect = { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } };
    await balancers.update(
      network({
        rules: [rule('20', '/a*', fixed('late')), rule('3', '/ab?', fixed('early')), rule('4', '/old/*', [redirect])],
      }),
    );
    const text = async (from: string): Promise<string> => (await fetch(url(from))).text();
    expect([await text('/abc'), await text('/abcd')]).toEqual(['early', 'late']);
    const moved = await fetch(url('/old/x?y=1'), { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([301, 'https://127.0.0.1:443/old/x?y=1']);
    expect((await fetch(url('/other'))).status).toBe(503);
    await balancers.update(network({ rules: [rule('1', '/*', [{ Type: 'authenticate-oidc' }])] }));
    expect(await text('/')).toContain('the action "authenticate-oidc" of a listener is not played here');
  });
});
