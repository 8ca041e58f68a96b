// ioredis at its defaults: HELLO 3 since version 6, and INFO before the first command in every version.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import v6 from 'ioredis';
import v5 from 'ioredis-5';
import { startSessd } from '../../node/shop/servers.js';

let server;
before(async () => (server = await startSessd()));
after(() => server?.stop());

for (const [version, Redis] of Object.entries({ 'ioredis 6': v6, 'ioredis 5': v5 })) {
  describe(version, () => {
    let client;
    beforeEach(async () => {
      client = new Redis(server.port);
      client.on('error', (err) => assert.fail(err));
      await client.flushall();
    });
    afterEach(() => client.disconnect());

    test('is ready, and the server said so', async () => {
      assert.equal(client.status, 'ready');
      assert.equal(client.serverInfo?.redis_mode ?? 'standalone', 'standalone');
      assert.match(await client.client('INFO'), /lib-name=ioredis/);
      assert.equal(await client.quit(), 'OK');
    });

    test('a session from create to destroy', async () => {
      const id = await client.call('SESS.CREATE', '*', 'PRINCIPAL', 'ann', 'FIELDS', 1, 'user', 'ann');
      assert.match(id, /^[\w-]{43}$/);
      assert.equal(await client.call('SESS.SAVE', id, 'lang', 'en'), 1);
      const got = await client.call('SESS.GET', id);
      const pairs = Array.isArray(got) ? got : Object.entries(got).flat();
      assert.deepEqual(pairs.sort(), ['ann', 'en', 'lang', 'user']);
      assert.deepEqual(await client.call('SESS.LIST', 'ann'), [id]);
      assert.equal(await client.call('SESS.DESTROYALL', 'ann'), 1);
      assert.equal(await client.call('SESS.GET', id), null);
    });

    test('any bytes', async () => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      assert.deepEqual(await client.callBuffer('SESS.CREATE', every, 'FIELDS', 1, every, every), every);
      assert.deepEqual(await client.callBuffer('SESS.GET', every, 'FIELDS', 2, every, 'none'), [every, null]);
      assert.equal(await client.set('k', every), 'OK');
      assert.deepEqual(await client.getBuffer('k'), every);
    });

    test('errors', async () => {
      await assert.rejects(client.call('SESS.SAVE', 'none', 'f', 'v'), { message: 'NOSESSION no such session' });
      await assert.rejects(client.call('SESS.NONE'), /^ReplyError: ERR unknown command/);
      await client.call('SESS.CREATE', 'a');
      await assert.rejects(client.get('a'), { message: 'WRONGTYPE Operation against a key holding the wrong kind of value' });
    });

    test('a pipeline keeps its order, errors in their places', async () => {
      const pipeline = client.pipeline();
      for (let i = 0; i < 500; i++) pipeline.set(`k${i}`, i).call('SESS.SAVE', `k${i}`, 'f', 'v').get(`k${i}`);
      const replies = await pipeline.exec();
      assert.equal(replies.length, 1500);
      for (let i = 0; i < 500; i++) {
        assert.deepEqual(replies[3 * i], [null, 'OK']);
        assert.match(replies[3 * i + 1][0].message, /^WRONGTYPE /);
        assert.deepEqual(replies[3 * i + 2], [null, `${i}`]);
      }
    });

    test('auto-pipelining', async () => {
      const auto = new Redis(server.port, { enableAutoPipelining: true });
      try {
        const replies = await Promise.all(Array.from({ length: 300 }, (_, i) => auto.incrby('sum', i)));
        assert.equal(replies.at(-1), (299 * 300) / 2);
      } finally {
        auto.disconnect();
      }
    });

    test('strings and expiry', async () => {
      assert.equal(await client.set('k', 'v', 'PX', 60_000, 'NX'), 'OK');
      assert.equal(await client.set('k', 'w', 'NX'), null);
      assert.ok((await client.pttl('k')) > 0);
      assert.equal(await client.getset('k', 'w'), 'v');
      assert.equal(await client.ttl('k'), -1);
      assert.deepEqual(await client.mget('k', 'none'), ['w', null]);
      assert.equal(await client.incrbyfloat('f', 1.5), '1.5');
      assert.equal(await client.unlink('k', 'f', 'none'), 2);
      assert.equal(await client.dbsize(), 0);
    });

    test('the SCAN stream meets every key once', async () => {
      const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
      await client.mset(Object.fromEntries(keys.map((key) => [key, 'x'])));
      const met = [];
      for await (const batch of client.scanStream({ match: 'key:*', count: 9 })) met.push(...batch);
      assert.deepEqual(met.sort(), keys.sort());
    });
  });
}
