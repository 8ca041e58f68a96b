// redlock: one lock wanted by two.
import Redis from 'ioredis-5';
import Redlock from 'redlock';
import { attempt, port, show } from './show.js';

const client = new Redis(port);
const ann = new Redlock([client], { retryCount: 0 });
const bea = new Redlock([client], { retryCount: 200, retryDelay: 10, retryJitter: 0 });
let lock;
await attempt('ann locks', async () => {
  lock = await ann.lock('resource', 30000);
  return [lock.resource, lock.value.length];
});
await attempt('another is refused', () => ann.lock('resource', 30000));
await attempt('ann extends', async () => {
  lock = await lock.extend(60000);
  return (await client.pttl('resource')) > 30000;
});
const waiting = attempt('bea waits and locks', async () => {
  const hers = await bea.lock('resource', 30000);
  await hers.unlock();
  return hers.resource;
});
await attempt('ann unlocks', async () => void (await lock.unlock()));
await waiting;
await attempt('unlock twice', async () => void (await lock.unlock()));
await attempt('several at once', async () => {
  const all = await ann.lock(['one', 'two'], 30000);
  await all.unlock();
  return all.resource;
});
show('left', await client.keys('*'));
process.exit(0);
