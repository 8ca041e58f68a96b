// ioredis by itself: pipelines, transactions, commands by scripts, streams of keys, pub/sub.
import v6 from 'ioredis';
import v5 from 'ioredis-5';
import { attempt, port, until } from './show.js';

for (const [name, Redis] of Object.entries({ 'ioredis 5': v5, 'ioredis 6': v6 })) {
  const client = new Redis(port, { keyPrefix: `${name}:` });
  await attempt(`${name} pipeline`, () => client.pipeline().set('a', 1).incr('a').mget('a', 'b').exec());
  await attempt(`${name} transaction`, () => client.multi().set('a', 1).incr('a').getex('a', 'EX', 60).exec());
  await attempt(`${name} transaction, not in a pipeline`, async () => {
    await client.multi({ pipeline: false });
    await client.set('b', 2);
    return client.exec();
  });
  await attempt(`${name} discard`, async () => {
    await client.multi({ pipeline: false });
    await client.set('b', 3);
    return [await client.discard(), await client.get('b')];
  });
  client.defineCommand('twice', { numberOfKeys: 1, lua: 'return {KEYS[1], ARGV[1], redis.call("incrby", KEYS[1], ARGV[1])}' });
  await attempt(`${name} command`, () => client.twice('n', 2));
  await attempt(`${name} commands in a pipeline`, () => client.pipeline().twice('n', 2).twice('n', 3).exec());
  await attempt(`${name} keys`, async () => {
    const keys = [];
    for await (const some of client.scanStream({ match: `${name}:*` })) keys.push(...some);
    return keys.sort();
  });
  await attempt(`${name} pub/sub`, async () => {
    const subscriber = new Redis(port);
    const heard = [];
    subscriber.on('message', (...words) => heard.push(words));
    subscriber.on('pmessage', (...words) => heard.push(words));
    const counts = [await subscriber.subscribe('one', 'two'), await subscriber.psubscribe('o*')];
    await client.publish('one', 'x');
    await until(() => heard.length === 2);
    return [counts, heard.sort(), await subscriber.unsubscribe('one')];
  });
  await attempt(`${name} quit`, () => client.quit());
}
process.exit(0);
