// @fastify/rate-limit with its store in Redis.
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import Redis from 'ioredis-5';
import { port, show } from './show.js';

for (const options of [{}, { continueExceeding: true }, { exponentialBackoff: true }]) {
  const app = fastify();
  const nameSpace = `limit-${Object.keys(options)}-`;
  await app.register(rateLimit, { max: 2, timeWindow: 60000, redis: new Redis(port), nameSpace, ...options });
  app.get('/', () => 'served');
  for (let i = 0; i < 4; i++) {
    const { statusCode, headers } = await app.inject('/');
    show(`${nameSpace} request ${i}`, [statusCode, headers['x-ratelimit-remaining'], 'retry-after' in headers]);
  }
}
process.exit(0);
