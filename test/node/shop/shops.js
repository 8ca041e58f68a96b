import { serve as listen } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import * as forExpress from '../express/index.js';
import * as forFastify from '../fastify/index.js';
import * as forHono from '../hono/index.js';
import * as forKoa from '../koa/index.js';
import { inSessd } from './kept.js';
import { routes } from './routes.js';

/**
 * The shop on each framework: (options, pause) → a promise of { origin, close }. Options are those of
 * the sessions.
 */
export const shops = {
  async express(options, pause) {
    const middleware = forExpress.sessd(options);
    return serve(expressShop({ middleware, ...inSessd(middleware.destroyAll) }, pause));
  },

  async fastify(options, pause) {
    const app = fastify();
    await app.register(forFastify.sessd, options);
    const sessions = inSessd((...of) => app.sessions.destroyAll(...of));
    for (const [method, url, handler] of routes) {
      app.route({ method, url, handler: async (request, reply) => {
        const { session, params, query } = request;
        const { status, body, noStore } = await handler({ session, params, query, sessions, pause });
        if (noStore) reply.header('Cache-Control', 'no-store');
        reply.code(status);
        return body === undefined ? reply.send() : reply.type('application/json').send(JSON.stringify(body));
      } });
    }
    app.setErrorHandler((err, request, reply) => reply.code(err.status ?? 500).send({ error: err.message }));
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    return { origin, close: () => app.close() };
  },

  async koa(options, pause) {
    const app = new Koa();
    const middleware = forKoa.sessd(options);
    const sessions = inSessd(middleware.destroyAll);
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch (err) {
        ctx.status = err.status ?? 500;
        ctx.body = { error: err.message };
      }
    });
    app.use(middleware);
    app.use(async (ctx) => {
      const { handler, params } = match(ctx.method, ctx.path);
      const { status, body, noStore } = await handler({ session: ctx.session, params, query: ctx.query, sessions, pause });
      ctx.status = status;
      if (noStore) ctx.set('Cache-Control', 'no-store');
      if (body !== undefined) ctx.body = JSON.stringify(body);
      if (body !== undefined) ctx.type = 'json';
    });
    return serve(app);
  },

  async hono(options, pause) {
    const app = new Hono();
    const middleware = forHono.sessd(options);
    const sessions = inSessd(middleware.destroyAll);
    app.use(middleware);
    for (const [method, path, handler] of routes) {
      app.on(method, path, async (c) => {
        const { status, body, noStore } = await handler({
          session: c.get('session'), params: c.req.param(), query: c.req.query(), sessions, pause,
        });
        if (noStore) c.header('Cache-Control', 'no-store');
        return body === undefined ? c.body(null, status) : c.json(body, status);
      });
    }
    app.onError((err, c) => c.json({ error: err.message }, err.status ?? 500));
    return new Promise((resolve) => {
      const server = listen({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve({ origin: `http://127.0.0.1:${port}`, close: () => closeServer(server) }));
      server.keepAliveTimeout = 0;
    });
  },
};

/** The shop on Express by any session middleware, see kept.js. */
export function expressShop(sessions, pause) {
  const app = express();
  app.disable('x-powered-by');
  app.set('env', 'test'); // express logs no errors that the tests provoke
  app.use(sessions.middleware);
  for (const [method, path, handler] of routes) {
    app[method.toLowerCase()](path, async (req, res) => {
      // A login may put another session in the place of the request's.
      const { status, body, noStore } = await handler({
        req, session: req.session, params: req.params, query: req.query, sessions, pause,
      });
      if (noStore) res.set('Cache-Control', 'no-store');
      if (body === undefined) res.status(status).end();
      else res.status(status).json(body);
    });
  }
  app.use((err, req, res, next) => {
    if (res.writableEnded) return; // express-session says so once it has answered
    if (res.headersSent) return next(err);
    res.status(err.status ?? 500).json({ error: err.message });
  });
  return app;
}

/** Lets an application of Express or Koa listen on a free port: { origin, close }. */
export function serve(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () =>
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, close: () => closeServer(server) }));
    server.keepAliveTimeout = 0; // it is the browser that ends a connection, so that no request meets one that ends
  });
}

function closeServer(server) {
  server.close();
  server.closeAllConnections();
}

// Koa has no router of its own.
function match(method, path) {
  const parts = path.split('/');
  for (const [of, pattern, handler] of routes) {
    const names = pattern.split('/');
    if (of !== method || names.length !== parts.length) continue;
    if (!names.every((name, i) => name.startsWith(':') || name === parts[i])) continue;
    const named = names.flatMap((name, i) => (name.startsWith(':') ? [[name.slice(1), decodeURIComponent(parts[i])]] : []));
    return { handler, params: Object.fromEntries(named) };
  }
  throw Object.assign(new Error('no such page'), { status: 404 });
}
