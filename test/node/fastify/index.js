import { Sessions } from '../core/index.js';

export * from '../core/index.js';

/**
 * Sessions for Fastify, kept by sessd.
 *
 *     await app.register(sessd, { client });
 *     app.post('/lang/:lang', async (request) => { request.session.lang = request.params.lang; });
 *
 * What changed is saved before the response is sent. A save that fails goes to the error handler in
 * place of the response. A reply by reply.hijack() or reply.raw saves by itself. `app.sessions` has
 * list() and destroyAll().
 */
export async function sessd(app, options) {
  const sessions = new Sessions(options);
  app.decorate('sessions', sessions);
  app.decorateRequest('session', null);
  app.addHook('onRequest', async (request, reply) => {
    request.session = await sessions.open(request.headers.cookie, {
      secure: request.protocol === 'https',
      headersSent: () => reply.raw.headersSent,
    });
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { session } = request;
    if (!session || failed.has(session)) return payload; // the answer that says so
    try {
      await session.save();
    } catch (err) {
      failed.add(session);
      throw err;
    }
    const cookie = sessions.setCookie(session);
    if (cookie) reply.header('Set-Cookie', cookie);
    return payload;
  });
}

const failed = new WeakSet(); // sessions whose save failed

// Its hooks are for the whole application, not only for what is registered inside.
sessd[Symbol.for('skip-override')] = true;
sessd[Symbol.for('fastify.display-name')] = 'sessd';
