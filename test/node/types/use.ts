// Never run: it says that the types fit the frameworks and both client libraries.
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { Redis } from 'ioredis';
import Koa from 'koa';
import { createClient } from 'redis';
import { type Session, SessionGone } from '../core/index.js';
import { sessd as forExpress } from '../express/index.js';
import { sessd as forFastify } from '../fastify/index.js';
import { sessd as forHono } from '../hono/index.js';
import { sessd as forKoa } from '../koa/index.js';

async function use(session: Session): Promise<string | undefined> {
  session.lang = 'en';
  const menu = await session.component<{ open: boolean }>('menu');
  menu.open = !menu.open;
  const visits: number = await session.incr('visits', 1, { max: 100 });
  const code: string | undefined = await session.take<string>('code');
  const messages: string[] = await session.takeFlashes<string>('info');
  await session.rotate({ principal: 'ann' });
  // @ts-expect-error: a principal is a name
  await session.rotate({ principal: 7 });
  return session.id ?? code ?? messages[visits];
}

const client = createClient();
const middleware = forExpress({ client, idleTimeout: 1000, cookie: { sameSite: 'strict' } });
express().use(middleware).get('/', async (req, res) => void res.send(await use(req.session)));
const ended: Promise<number> = middleware.destroyAll('ann', { except: 'id' });

const app = fastify();
app.register(forFastify, { client: new Redis() });
app.get('/', async (request) => use(request.session));

new Koa().use(forKoa({ client })).use(async (ctx) => void (ctx.body = await use(ctx.session)));

new Hono().use(forHono({ client: (words) => client.sendCommand(words) }));
const hono = new Hono<{ Variables: { session: Session } }>();
hono.get('/', async (c) => c.text((await use(c.get('session'))) ?? ''));

export const status: 401 = new SessionGone().status;
export { ended };
