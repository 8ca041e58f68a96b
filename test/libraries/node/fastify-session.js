// @fastify/session with the store of connect-redis.
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { RedisStore } from 'connect-redis';
import fastify from 'fastify';
import { createClient } from 'redis';
import { show, url } from './show.js';

const client = await createClient({ url }).connect();
const app = fastify();
app.register(cookie);
app.register(session, {
  secret: 'a secret with a minimum length of 32 characters',
  store: new RedisStore({ client }),
  cookie: { secure: false, maxAge: 60000 },
});
app.get('/count', async (request) => {
  request.session.count = (request.session.count ?? 0) + 1;
  return { count: request.session.count, user: request.session.user };
});
app.get('/login', async (request) => {
  await request.session.regenerate();
  request.session.user = 'ann';
  return { user: 'ann' };
});
app.get('/logout', async (request) => {
  await request.session.destroy();
  return 'out';
});

let cookies = {};
for (const url of ['/count', '/count', '/login', '/count', '/logout', '/count']) {
  const response = await app.inject({ url, cookies });
  for (const { name, value } of response.cookies) cookies = { [name]: value };
  show(url, [response.statusCode, response.body]);
}
process.exit(0);
