/**
 * The requests of a small shop, for any framework: a route is a method, a path and a handler. A
 * handler gets { session, params, query, sessions, pause } and answers { status, body, noStore }.
 *
 * pause() stands for what a real handler waits for between reading its session and the end of its
 * response: a database, another service. sessions holds the few things that session middlewares do
 * differently (see kept.js).
 */
export const routes = [
  ['GET', '/me', ({ session }) => {
    const { cookie, ...fields } = session; // express-session keeps its cookie among the fields
    return { status: 200, body: fields, noStore: true };
  }],
  ['POST', '/set/:field/:value', async ({ session, params, pause }) => {
    await pause(params.value);
    session[`my.${params.field}`] = params.value;
    return { status: 204 };
  }],
  ['DELETE', '/set/:field', async ({ session, params, pause }) => {
    await pause();
    delete session[`my.${params.field}`];
    return { status: 204 };
  }],
  ['POST', '/cart/:item', async (call) => {
    const { session, params, pause, sessions } = call;
    await sessions.update(session, async (session) => {
      const cart = (session.cart ??= {});
      await pause();
      cart[params.item] = (cart[params.item] ?? 0) + 1;
    });
    return { status: 200, body: session.cart };
  }],
  ['POST', '/count', async ({ session }) => ({ status: 200, body: await session.incr('count') })],
  ['POST', '/flash/:message', async ({ session, params }) => {
    await session.flash('info', params.message);
    return { status: 204 };
  }],
  ['POST', '/flashes', async ({ session }) => ({ status: 200, body: await session.takeFlashes('info') })],
  ['POST', '/login/:user', async (call) => {
    await call.sessions.login(call, call.params.user);
    return { status: 204 };
  }],
  ['POST', '/logout', async (call) => {
    await call.sessions.logout(call, call.query.then);
    return { status: 204 };
  }],
  ['POST', '/logout-everywhere', async (call) => {
    const { user } = call.session;
    if (user === undefined) return { status: 401 };
    return { status: 200, body: { ended: await call.sessions.logoutEverywhere(call, user, 'else' in call.query) } };
  }],
];
