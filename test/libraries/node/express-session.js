// express-session with connect-redis, over node-redis and over ioredis.
import { RedisStore } from 'connect-redis';
import { RedisStore as RedisStore8 } from 'connect-redis-8';
import express from 'express';
import session from 'express-session';
import Redis from 'ioredis-5';
import { createClient } from 'redis';
import { browser, port, serve, show, url } from './show.js';

async function lifecycle(name, store) {
  const app = express();
  app.use(session({ store, secret: 's', resave: false, saveUninitialized: false, cookie: { maxAge: 60000 } }));
  app.get('/login', (req, res, next) =>
    req.session.regenerate((err) => {
      if (err) return next(err);
      req.session.user = 'ann';
      res.send('in');
    }),
  );
  app.get('/count', (req, res) => {
    req.session.count = (req.session.count ?? 0) + 1;
    res.json({ user: req.session.user, count: req.session.count });
  });
  app.get('/look', (req, res) => res.json({ user: req.session.user, count: req.session.count }));
  app.get('/logout', (req, res, next) => req.session.destroy((err) => (err ? next(err) : res.send('out'))));
  const visit = browser(await serve((ready) => app.listen(0, '127.0.0.1', ready)));

  for (const path of ['/count', '/count', '/login', '/count', '/look', '/logout', '/look']) {
    const { status, body } = await visit(path);
    show(`${name} ${path}`, [status, body]);
  }
  const call = (method, ...args) =>
    new Promise((resolve, reject) => store[method](...args, (err, value) => (err ? reject(err) : resolve(value))));
  for (const id of ['a', 'b']) await call('set', id, { cookie: {}, id });
  show(`${name} get`, await call('get', 'a'));
  await call('touch', 'a', { cookie: {} });
  show(`${name} ids`, (await call('ids')).sort());
  show(`${name} all`, (await call('all')).map((one) => one.id).sort());
  show(`${name} length`, await call('length'));
  await call('destroy', 'a');
  show(`${name} destroyed`, (await call('get', 'a')) ?? null);
  await call('clear');
  show(`${name} cleared`, await call('length'));
}

const client = await createClient({ url }).connect();
await lifecycle('node-redis', new RedisStore({ client, prefix: 'n:' }));
await lifecycle('ioredis', new RedisStore8({ client: new Redis(port), prefix: 'i:' }));
process.exit(0);
