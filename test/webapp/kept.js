import session from 'express-session';
import { RedisStore } from 'connect-redis';
import { sessd } from './session.js';

/** The shop's sessions in sessd: a save carries the dirty fields. */
export function keptInSessd(client, options = {}) {
  const middleware = sessd({ client, ...options });
  return {
    middleware,
    update: (req, change) => req.session.update(change),
    async login(req, user) {
      await req.session.rotate({ principal: user });
      req.session.user = user;
    },
    logout: (req) => req.session.destroy(),
    logoutEverywhere: (req, user, keepThis) =>
      middleware.destroyAll(user, { except: keepThis ? req.session.id : undefined }),
  };
}

/** The shop's sessions in Redis, by express-session and connect-redis: a save carries the whole session. */
export function keptByConnectRedis(client) {
  const store = new RedisStore({ client });
  return {
    middleware: session({ store, secret: 'of the shop', resave: false, saveUninitialized: false }),
    async update(req, change) {
      await change(req.session);
    },
    async login(req, user) {
      const { cookie, ...fields } = req.session;
      await call(req.session, 'regenerate'); // the way to a new id; it forgets the fields
      Object.assign(req.session, fields, { user });
    },
    logout: (req) => call(req.session, 'destroy'),
    async logoutEverywhere(req, user, keepThis) {
      const all = await store.all(); // there is no index: every session of everybody is read
      const his = all.filter((s) => s.user === user && !(keepThis && s.id === req.sessionID));
      await Promise.all(his.map((s) => store.destroy(s.id)));
      return his.length;
    },
  };
}

function call(session, method) {
  return new Promise((resolve, reject) => session[method]((err) => (err ? reject(err) : resolve())));
}
