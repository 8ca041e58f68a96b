// keyv, and with it cache-manager: a cache with expiry, namespaces and several keys at once.
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { attempt, show, until, url } from './show.js';

const store = new KeyvRedis(url);
const cache = new Keyv({ store, namespace: 'shop', useKeyPrefix: false });
cache.on('error', (error) => show('error', error.message));
await attempt('set', () => cache.set('a', { n: 1 }, 60000));
await attempt('get', () => cache.get('a'));
await attempt('set many', () => cache.setMany([{ key: 'b', value: 2, ttl: 60000 }, { key: 'c', value: [3] }]));
await attempt('get many', () => cache.getMany(['a', 'b', 'c', 'd']));
await attempt('has many', () => cache.hasMany(['a', 'd']));
await attempt('delete', () => cache.delete('a'));
await attempt('delete many', () => cache.deleteMany(['b', 'nothing']));
await attempt('iterate', async () => {
  const all = [];
  for await (const [key, value] of cache.iterator()) all.push([key, value]);
  return all;
});
await attempt('expires', async () => {
  await cache.set('brief', 1, 50);
  await until(async () => (await cache.get('brief')) === undefined);
  return true;
});
await attempt('clear', async () => {
  await cache.clear();
  return cache.getMany(['b', 'c']);
});
process.exit(0);
