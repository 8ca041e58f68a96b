// node-redis by itself: transactions, scripts, pub/sub and client-side caching.
import { createClient, defineScript } from 'redis';
import { attempt, show, until, url } from './show.js';

const scripts = {
  add: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1]) + 1',
    parseCommand(parser, key, by) {
      parser.pushKey(key);
      parser.push(String(by));
    },
    transformReply: (reply) => reply,
  }),
};
const client = await createClient({ url, scripts }).connect();
await attempt('transaction', () => client.multi().set('a', '1').incr('a').get('a').expire('a', 60).exec());
await attempt('watched', async () => {
  const other = await client.duplicate().connect();
  await client.watch('a');
  await other.set('a', '9');
  return client.multi().incr('a').exec();
});
await attempt('script', () => client.add('n', 2));
await attempt('script by its hash', () => client.add('n', 3));
await attempt('pub/sub', async () => {
  const subscriber = await client.duplicate().connect();
  const heard = [];
  await subscriber.subscribe('news', (message, channel) => heard.push([channel, message]));
  await subscriber.pSubscribe('n?ws', (message, channel) => heard.push(['pattern', channel, message]));
  await client.publish('news', 'one');
  await until(() => heard.length === 2);
  await subscriber.unsubscribe();
  await subscriber.pUnsubscribe();
  return [heard.sort(), await client.publish('news', 'nobody')];
});
await attempt('client-side cache', async () => {
  const cached = await createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100 } }).connect();
  await client.set('cached', 'old');
  const before = [await cached.get('cached'), await cached.get('cached')];
  await client.set('cached', 'new');
  await until(async () => (await cached.get('cached')) === 'new');
  return before;
});
show('time', typeof (await client.time()));
process.exit(0);
