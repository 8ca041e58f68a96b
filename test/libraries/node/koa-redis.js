// koa-session with the store koa-redis.
import Koa from 'koa';
import redisStore from 'koa-redis';
import session from 'koa-session';
import { browser, port, serve, show } from './show.js';

const app = new Koa();
app.keys = ['s'];
app.use(session({ store: redisStore({ host: '127.0.0.1', port }), maxAge: 60000 }, app));
app.use((ctx) => {
  if (ctx.path === '/logout') ctx.session = null;
  else ctx.session.count = (ctx.session.count ?? 0) + 1;
  ctx.body = String(ctx.session?.count ?? 'out');
});
const visit = browser(await serve((ready) => app.listen(0, '127.0.0.1', ready)));
for (const path of ['/', '/', '/logout', '/']) show(path, (await visit(path)).body);
process.exit(0);
