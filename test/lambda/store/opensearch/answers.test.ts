import { StoreRejectedError } from '../../../../lambda/store/errors.ts';
import type { OpenSearchProgram } from '../../../support/servers/opensearch.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { faultOf, openSearch } from './opening.ts';
import { proxiedOpenSearch } from './proxied.ts';

const at = { collection: 'the-collection' };

describeWith<OpenSearchProgram>('opensearch', 'what OpenSearch or a gateway answers', (program) => {
  const opensearch = proxiedOpenSearch(program);

  describe('what the server or a gateway says', () => {
    const error = (type: string, reason = 'the-value'): object => ({ error: { type, reason }, status: 0 });

    test.each([
      [502, error('bad_gateway'), 'StoreUnavailableError', true, 3],
      [503, error('no_shard_available_action_exception'), 'StoreUnavailableError', true, 3],
      [504, {}, 'StoreUnavailableError', true, 3],
      [500, error('null_pointer_exception'), 'StoreUnavailableError', true, 1],
      [429, error('rejected_execution_exception'), 'StoreThrottledError', true, 3],
      [
        429,
        error(
          'cluster_block_exception',
          'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];',
        ),
        'StoreRejectedError',
        false,
        1,
      ],
      [
        403,
        error('cluster_block_exception', 'blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];'),
        'StoreRejectedError',
        false,
        1,
      ],
      [403, error('security_exception'), 'StoreAccessError', false, 1],
      [401, error('security_exception'), 'StoreAccessError', false, 1],
      [413, {}, 'StoreRejectedError', false, 1],
      [400, error('mapper_parsing_exception'), 'StoreRejectedError', false, 1],
      [404, error('resource_not_found_exception'), 'StoreRejectedError', false, 1],
    ])('%i %j is a %s', async (status, body, name, retryable, attempts) => {
      await openSearch(opensearch.server.url).put('the-key', {}, at);
      const store = openSearch(opensearch.proxy.url);
      await store.get('the-key', at);
      opensearch.proxy.reset();
      opensearch.proxy.treat(({ method }) => (method === 'GET' ? 'pass' : { status, body }));
      const fault = await faultOf(store.put('the-key', { secret: 'the-value' }, at));
      expect(fault).toMatchObject({ name, retryable });
      expect(opensearch.proxy.seen.filter(({ target }) => target.includes('_doc'))).toHaveLength(attempts);
      await store.close();
    });

    test('one bad answer is not the end', async () => {
      const store = openSearch(opensearch.proxy.url);
      opensearch.proxy.treat((_, nth) => (nth === 1 ? { status: 503, body: {} } : nth === 2 ? 'reset' : 'pass'));
      expect(await store.get('none')).toBeUndefined();
      expect(opensearch.proxy.seen).toHaveLength(3);
      await store.close();
    });

    test('an answer that begins and does not end is given up', async () => {
      const store = openSearch(opensearch.proxy.url);
      opensearch.proxy.treat((_, nth) => (nth === 1 ? 'stall' : 'pass'));
      expect(await store.get('none')).toBeUndefined();
      expect(opensearch.proxy.seen).toHaveLength(2);
      await store.close();
    }, 20_000);

    test('who may not make indexes writes to those that exist, and is told about those that do not', async () => {
      await openSearch(opensearch.server.url, { indexPrefix: 'given' }).put('k', {});
      const denied = { status: 403, body: error('security_exception') };
      opensearch.proxy.treat(({ method, target }) => (method === 'PUT' && !target.includes('/_') ? denied : 'pass'));
      const store = openSearch(opensearch.proxy.url, { indexPrefix: 'given' });
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(await faultOf(store.put('k', {}, at))).toMatchObject({ name: 'StoreAccessError' });
      expect((await opensearch.server.ask('GET', '/given-the-collection')).status).toBe(404);
      await store.close();
    });
  });

  test('a full disk is told as one, and what can be read is read', async () => {
    const store = openSearch(opensearch.server.url, { indexPrefix: 'full' });
    await store.put('k', { n: 1 });
    const block = (value: true | null): Promise<unknown> => {
      return opensearch.server.ask('PUT', '/full-default_collection/_settings', {
        'index.blocks.read_only_allow_delete': value,
      });
    };
    await block(true);
    const fault = await faultOf(store.put('k', { n: 2 }));
    expect(fault).toBeInstanceOf(StoreRejectedError);
    expect(fault.message).toMatch(/the disk is full/);
    expect(await faultOf(store.putMany(['k', 'l'], [{}, {}]))).toBeInstanceOf(StoreRejectedError);
    expect(await store.get('k')).toEqual({ n: 1 });
    await block(null);
    await store.put('k', { n: 2 });
    await store.close();
  });
});
