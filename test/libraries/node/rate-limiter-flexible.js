// rate-limiter-flexible over ioredis and over node-redis.
import Redis from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { attempt, port, url } from './show.js';

const clients = { ioredis: new Redis(port), 'node-redis': await createClient({ url }).connect() };
for (const [name, storeClient] of Object.entries(clients)) {
  const limiter = new RateLimiterRedis({
    storeClient, keyPrefix: name, points: 2, duration: 60, blockDuration: 300, useRedisPackage: name === 'node-redis',
  });
  const shown = async (result) => {
    const { consumedPoints, remainingPoints, msBeforeNext } = await result.catch((error) => {
      if (error instanceof Error) throw error;
      return error;
    }) ?? {};
    return [consumedPoints, remainingPoints, msBeforeNext > 60000 ? 'blocked' : 'window'];
  };
  for (let i = 0; i < 4; i++) await attempt(`${name} consume`, () => shown(limiter.consume('ann')));
  await attempt(`${name} get`, () => shown(limiter.get('ann')));
  await attempt(`${name} penalty`, () => shown(limiter.penalty('bea', 1)));
  await attempt(`${name} reward`, () => shown(limiter.reward('bea', 1)));
  await attempt(`${name} block`, () => shown(limiter.block('cid', 600)));
  await attempt(`${name} blocked`, () => shown(limiter.consume('cid')));
  await attempt(`${name} delete`, () => limiter.delete('cid'));
  await attempt(`${name} set`, () => shown(limiter.set('dan', 5, 60)));
}
process.exit(0);
