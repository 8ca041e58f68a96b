import express from 'express';

/**
 * A small shop. It works on any session middleware: `sessions` holds the middleware and the few things
 * that session middlewares do differently (see kept.js).
 *
 * `pause(req)` stands for what a real handler waits for between reading its session and the end of its
 * response: a database, another service.
 */
export function shop(sessions, pause = () => {}) {
  const app = express();
  app.disable('x-powered-by');
  app.use(sessions.middleware);

  app.get('/me', (req, res) => {
    const { cookie, ...fields } = req.session; // express-session keeps its cookie among the fields
    res.set('Cache-Control', 'no-store').json(fields);
  });

  app.post('/set/:field/:value', async (req, res) => {
    await pause(req);
    req.session[`my.${req.params.field}`] = req.params.value;
    res.sendStatus(204);
  });

  app.delete('/set/:field', async (req, res) => {
    await pause(req);
    delete req.session[`my.${req.params.field}`];
    res.sendStatus(204);
  });

  app.post('/cart/:item', async (req, res) => {
    await sessions.update(req, async (session) => {
      const cart = (session.cart ??= {});
      await pause(req);
      cart[req.params.item] = (cart[req.params.item] ?? 0) + 1;
    });
    res.json(req.session.cart);
  });

  app.post('/login/:user', async (req, res) => {
    await sessions.login(req, req.params.user);
    res.sendStatus(204);
  });

  app.post('/logout', async (req, res) => {
    await sessions.logout(req);
    res.sendStatus(204);
  });

  app.post('/logout-everywhere', async (req, res) => {
    const { user } = req.session;
    if (user === undefined) return res.sendStatus(401);
    res.json({ ended: await sessions.logoutEverywhere(req, user, 'else' in req.query) });
  });

  app.use((err, req, res, next) => {
    if (res.headersSent) return next(err);
    res.status(err.status ?? 500).json({ error: err.message });
  });
  return app;
}
