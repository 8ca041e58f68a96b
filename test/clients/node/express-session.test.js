// express-session with connect-redis, both unmodified, in the plain strings of sessd.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { Browser } from '../../node/shop/browser.js';
import { connect, until } from '../../node/shop/harness.js';
import { startSessd } from '../../node/shop/servers.js';
import { serve } from '../../node/shop/shops.js';

let server;
before(async () => (server = await startSessd()));
after(() => server?.stop());

async function site(t, options = {}) {
  const client = await connect['node-redis'](t, server);
  await client.flushAll();
  const store = new RedisStore({ client, ...options });
  const app = express();
  app.use(session({ store, secret: 's', resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } }));
  app.get('/', (req, res) => res.json({ ...req.session, cookie: undefined }));
  app.post('/set/:field/:value', (req, res) => {
    req.session[req.params.field] = req.params.value;
    res.end();
  });
  app.post('/new-id', (req, res, next) => req.session.regenerate((err) => {
    if (err) return next(err);
    req.session.fresh = true;
    res.end();
  }));
  app.post('/logout', (req, res, next) => req.session.destroy((err) => (err ? next(err) : res.end())));
  const { origin, close } = await serve(app);
  t.after(close);
  return { client, store, browser: () => new Browser(origin) };
}

test('a session is set, read, touched, given a new id and destroyed', async (t) => {
  const { client, browser } = await site(t);
  const ann = browser();
  await ann.post('/set/user/ann');
  assert.deepEqual((await ann.get('/')).body, { user: 'ann' });
  const [key] = await client.keys('sess:*');
  assert.equal(await client.type(key), 'string');
  assert.equal(JSON.parse(await client.get(key)).user, 'ann');

  await client.expire(key, 30);
  await ann.get('/'); // unchanged: the middleware touches it
  const ttl = await client.ttl(key);
  assert.ok(ttl > 30 && ttl <= 60, `ttl ${ttl}`);

  await ann.post('/new-id');
  assert.deepEqual((await ann.get('/')).body, { fresh: true });
  assert.equal(await client.exists(key), 0);

  await ann.post('/logout');
  assert.deepEqual((await ann.get('/')).body, {});
  assert.equal(await client.dbSize(), 0);
});

test('all, ids, length and clear go through SCAN', async (t) => {
  const { client, store, browser } = await site(t, { prefix: 'shop:', scanCount: 10 });
  await client.set('other', 'x');
  const users = Array.from({ length: 60 }, (_, i) => `user${i}`);
  for (const user of users) await browser().post(`/set/user/${user}`);
  assert.equal(await store.length(), 60);
  assert.equal((await store.ids()).length, 60);
  assert.deepEqual((await store.all()).map(({ user }) => user).sort(), users.sort());
  await store.clear();
  assert.equal(await store.length(), 0);
  assert.equal(await client.get('other'), 'x');
});

test('a session expires when its cookie does', async (t) => {
  const { client, store } = await site(t);
  let expires;
  await until('it is read before it expires', async () => { // a slow machine may read too late
    expires = new Date(Date.now() + 1500).toISOString();
    await store.set('short', { user: 'ann', cookie: { expires } });
    return (await store.get('short'))?.user === 'ann';
  });
  await until('it has expired', async () => (await store.get('short')) == null);
  assert.equal(await client.exists('sess:short'), 0);
  await store.touch('short', { cookie: { expires } });
  assert.equal(await store.get('short'), null, 'a touch brings nothing back');
});
