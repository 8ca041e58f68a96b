import { Sessions } from '../core/index.js';

export * from '../core/index.js';

/**
 * Sessions for Koa, kept by sessd.
 *
 *     const sessions = sessd({ client });
 *     app.use(sessions);
 *     app.use((ctx) => { ctx.session.lang = 'en'; ctx.status = 204; });
 *
 * What changed is saved once all middleware below has run, before the response is sent, and also when
 * it threw. A save that fails is thrown, in place of the response.
 */
export function sessd(options) {
  const sessions = new Sessions(options);
  const middleware = async (ctx, next) => {
    const session = await sessions.open(ctx.headers.cookie, {
      secure: ctx.secure,
      headersSent: () => ctx.headerSent,
    });
    ctx.session = session;
    try {
      await next();
    } catch (err) {
      await session.save();
      const cookie = sessions.setCookie(session);
      // Koa clears the headers of a response that failed, but for those that the error brings.
      if (cookie && err instanceof Error) err.headers = { ...err.headers, 'Set-Cookie': cookie };
      throw err;
    }
    await session.save();
    const cookie = sessions.setCookie(session);
    if (cookie) ctx.append('Set-Cookie', cookie);
  };
  middleware.list = (principal) => sessions.list(principal);
  middleware.destroyAll = (principal, options) => sessions.destroyAll(principal, options);
  return middleware;
}
