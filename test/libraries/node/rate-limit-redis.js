// express-rate-limit with the store rate-limit-redis.
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { createClient } from 'redis';
import { attempt, browser, serve, show, url } from './show.js';

const client = await createClient({ url }).connect();
const store = new RedisStore({ sendCommand: (...words) => client.sendCommand(words) });
const app = express();
app.use(rateLimit({ windowMs: 60000, limit: 2, standardHeaders: 'draft-6', legacyHeaders: false, store, keyGenerator: () => 'key' }));
app.get('/', (req, res) => res.send('served'));
const visit = browser(await serve((ready) => app.listen(0, '127.0.0.1', ready)));

for (let i = 0; i < 4; i++) {
  const { status, headers } = await visit('/');
  show(`request ${i}`, [status, headers.get('ratelimit-remaining')]);
}
await attempt('hits', async () => (await store.get('key')).totalHits);
await attempt('one less', () => store.decrement('key'));
await attempt('hits', async () => (await store.get('key')).totalHits);
await attempt('reset', () => store.resetKey('key'));
show('after the reset', (await visit('/')).status);
process.exit(0);
