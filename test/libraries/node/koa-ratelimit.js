// koa-ratelimit, whose window is a sorted set.
import Redis from 'ioredis-5';
import Koa from 'koa';
import ratelimit from 'koa-ratelimit';
import { browser, port, serve, show } from './show.js';

const app = new Koa();
app.silent = true;
app.use(ratelimit({ driver: 'redis', db: new Redis(port), duration: 60000, max: 2, id: () => 'ann', errorMessage: 'slowly' }));
app.use((ctx) => (ctx.body = 'served'));
const visit = browser(await serve((ready) => app.listen(0, '127.0.0.1', ready)));
for (let i = 0; i < 4; i++) {
  const { status, body, headers } = await visit('/');
  show(`request ${i}`, [status, body, headers.get('x-ratelimit-remaining')]);
}
process.exit(0);
