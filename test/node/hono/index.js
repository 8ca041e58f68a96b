import { Sessions } from '../core/index.js';

export * from '../core/index.js';

/**
 * Sessions for Hono, kept by sessd.
 *
 *     const sessions = sessd({ client });
 *     app.use(sessions);
 *     app.post('/lang/:lang', (c) => { c.get('session').lang = c.req.param('lang'); return c.body(null, 204); });
 *
 * What changed is saved once the handler has answered, before the response is sent. A save that fails
 * is thrown: it goes to app.onError, and without one becomes a response with the error's status.
 */
export function sessd(options) {
  const sessions = new Sessions(options);
  const middleware = async (c, next) => {
    try {
      const session = await sessions.open(c.req.header('cookie'), {
        secure: new URL(c.req.url).protocol === 'https:',
      });
      c.set('session', session);
      await next();
      await session.save();
      const cookie = sessions.setCookie(session);
      if (cookie) c.header('Set-Cookie', cookie, { append: true });
    } catch (err) {
      throw respondable(err);
    }
  };
  middleware.list = (principal) => sessions.list(principal);
  middleware.destroyAll = (principal, options) => sessions.destroyAll(principal, options);
  return middleware;
}

// Hono's own error handler asks an error for its response.
function respondable(err) {
  if (err.status >= 400 && !err.getResponse) {
    err.getResponse = () => new Response(err.message, { status: err.status });
  }
  return err;
}
