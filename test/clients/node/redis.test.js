// node-redis at its defaults: the current major speaks RESP3, the old one RESP2 without HELLO.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import * as v6 from 'redis';
import * as v4 from 'redis-4';
import { startSessd } from '../../node/shop/servers.js';

const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

let server;
before(async () => (server = await startSessd()));
after(() => server?.stop());

// The fields of a SESS.GET reply: RESP3's map, or RESP2's flat array.
function fields(reply) {
  if (!Array.isArray(reply)) return { ...reply };
  return Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]]));
}

for (const [version, redis] of Object.entries({ 'redis 6': v6, 'redis 4': v4 })) {
  describe(version, () => {
    let client;
    beforeEach(async () => {
      client = redis.createClient({ url: server.url });
      client.on('error', (err) => assert.fail(err));
      await client.connect();
      await client.flushAll();
    });
    afterEach(() => (client.destroy ? client.destroy() : client.disconnect()));

    test('connects and introduces itself', async () => {
      assert.equal(await client.ping(), 'PONG');
      assert.match(await client.info('server'), /redis_mode:standalone/);
      assert.match(await client.sendCommand(['CLIENT', 'INFO']), /lib-name=node-redis/);
      const { id, name } = await client.clientInfo();
      assert.ok(id > 0);
      assert.ok(name === '' || name === undefined);
    });

    test('a session from create to destroy', async () => {
      const send = (...words) => client.sendCommand(words);
      const id = await send('SESS.CREATE', '*', 'FIELDS', '2', 'user', 'ann', 'n', '1');
      assert.match(id, /^[\w-]{43}$/);
      assert.deepEqual(fields(await send('SESS.GET', id)), { user: 'ann', n: '1' });
      assert.equal(await send('SESS.SAVE', id, 'n', '2', 'lang', 'en'), 1);
      assert.equal(await send('SESS.SAVE', id, 'COMPONENT', 'menu', 'FIELDS', '1', 'open', 'yes'), 2);
      assert.equal(await send('SESS.SAVE', id, 'UNSET', '1', 'lang'), 3);
      assert.deepEqual(await send('SESS.GET', id, 'FIELDS', '2', 'n', 'lang'), ['2', null]);
      assert.deepEqual(await send('SESS.GET', id, 'WITHREV', 'FIELDS', '1', 'n'), [3, ['2']]);
      const meta = fields(await send('SESS.META', id));
      assert.deepEqual(meta.components, ['menu']);
      assert.equal(meta.revision, 3);
      const moved = await send('SESS.ROTATE', id, '*', 'PRINCIPAL', 'ann');
      assert.equal(await send('SESS.GET', id), null);
      assert.deepEqual(await send('SESS.LIST', 'ann'), [moved]);
      assert.equal(await client.type(moved), 'session');
      assert.equal(await send('SESS.DESTROY', moved, id), 1);
      assert.equal(await client.exists(moved), 0);
    });

    test('ids, fields and values of any bytes', async () => {
      const send = (...words) =>
        redis === v4
          ? client.sendCommand(words, redis.commandOptions({ returnBuffers: true }))
          : client.withTypeMapping({ [redis.RESP_TYPES.BLOB_STRING]: Buffer }).sendCommand(words);
      const id = Buffer.concat([every, Buffer.from('\r\n$-1\r\n')]);
      assert.deepEqual(await send('SESS.CREATE', id, 'FIELDS', '1', every, every), id);
      assert.deepEqual(await send('SESS.GET', id, 'FIELDS', '2', every, 'none'), [every, null]);
      const large = Buffer.alloc(500_000, every);
      assert.equal(await send('SESS.SAVE', id, 'COMPONENT', every, 'FIELDS', '1', '', large), 1);
      assert.deepEqual(await send('SESS.GET', id, 'COMPONENT', every, 'FIELDS', '1', ''), [large]);
    });

    test('errors are errors, with the code as the first word', async () => {
      await client.sendCommand(['SESS.CREATE', 'taken']);
      await client.set('plain', 'x');
      const fails = (words, message) => assert.rejects(client.sendCommand(words), { message });
      await fails(['SESS.CREATE', 'taken'], 'SESSEXISTS session already exists');
      await fails(['SESS.SAVE', 'none', 'f', 'v'], 'NOSESSION no such session');
      await fails(['SESS.SAVE', 'taken', 'IFREV', '9', 'UNSET', '1', 'f'], 'REVISION session is at revision 0');
      await fails(['SESS.SAVE', 'taken'], "ERR wrong number of arguments for 'sess.save' command");
      await fails(['SESS.GET', 'plain'], 'WRONGTYPE Operation against a key holding the wrong kind of value');
      await fails(['GET', 'taken'], 'WRONGTYPE Operation against a key holding the wrong kind of value');
      assert.equal(await client.ping(), 'PONG');
    });

    test('what is sent in one turn is pipelined, and every reply finds its request', async () => {
      const create = (i) => client.sendCommand(['SESS.CREATE', `s${i}`, 'FIELDS', '1', 'n', `${i}`]);
      const read = (i) => client.sendCommand(['SESS.GET', `s${i}`, 'FIELDS', '1', 'n']);
      const numbers = Array.from({ length: 1000 }, (_, i) => i);
      const replies = await Promise.all(numbers.flatMap((i) => [create(i), read(i)]));
      assert.deepEqual(replies, numbers.flatMap((i) => [`s${i}`, [`${i}`]]));
    });

    test('strings', async () => {
      assert.equal(await client.set('k', 'v', { EX: 100 }), 'OK');
      const ttl = await client.ttl('k');
      assert.ok(ttl > 0 && ttl <= 100, `ttl ${ttl}`);
      assert.equal(await client.set('k', 'w', { NX: true }), null);
      assert.equal(await client.set('k', 'w', { XX: true, KEEPTTL: true, GET: true }), 'v');
      assert.equal(await client.setEx('e', 100, 'v'), 'OK');
      assert.equal(await client.mSet({ a: '1', b: '2' }), 'OK');
      assert.deepEqual(await client.mGet(['a', 'b', 'none']), ['1', '2', null]);
      assert.equal(await client.incrBy('a', 5), 6);
      assert.equal(await client.append('s', 'abc'), 3);
      assert.equal(await client.getRange('s', 1, -1), 'bc');
      assert.equal(await client.getDel('s'), 'abc');
      assert.equal(Number(await client.expire('b', 50)), 1);
      assert.equal(Number(await client.persist('b')), 1);
      assert.equal(await client.del(['a', 'b', 'none']), 2);
      assert.deepEqual((await client.keys('*')).sort(), ['e', 'k']);
    });

    test('scripts', async () => {
      const source = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";
      await client.set('lock', 'mine');
      assert.equal(await client.eval(source, { keys: ['lock'], arguments: ['other'] }), 0);
      const sha = await client.scriptLoad(source);
      assert.equal(await client.evalSha(sha, { keys: ['lock'], arguments: ['mine'] }), 1);
      await client.scriptFlush();
      await assert.rejects(client.evalSha(sha, { keys: ['lock'], arguments: ['mine'] }), /^Error: NOSCRIPT /);
      await assert.rejects(client.eval("return redis.call('nosuch')"), /Unknown Redis command called from script/);
    });

    test('the SCAN iterator meets every key once', async () => {
      const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
      for (const key of keys) client.set(key, 'x');
      await client.sendCommand(['SESS.CREATE', 'a-session']);
      const met = [];
      for await (const batch of client.scanIterator({ MATCH: 'key:*', COUNT: 7 })) met.push(...[batch].flat());
      assert.deepEqual(met.sort(), keys.sort());
    });

    test('select: keyspaces are apart', async () => {
      await client.set('k', 'zero');
      await client.select(5);
      assert.equal(await client.get('k'), null);
      await client.sendCommand(['SESS.CREATE', 'k']);
      assert.equal(await client.dbSize(), 1);
      await client.select(0);
      assert.equal(await client.get('k'), 'zero');
    });
  });
}
