import session from 'express-session';
import { RedisStore } from 'connect-redis';
import { SessdStore } from '../express-session/index.js';

/** What the shop does to its sessions in sessd; destroyAll is the framework's binding's. */
export const inSessd = (destroyAll) => ({
  update: (session, change) => session.update(change),
  async login({ session }, user) {
    await session.rotate({ principal: user });
    session.user = user;
  },
  async logout({ session }, then) {
    await session.destroy();
    if (then !== undefined) session['my.then'] = then;
  },
  logoutEverywhere: ({ session }, user, keepThis) =>
    destroyAll(user, { except: keepThis ? session.id : undefined }),
});

/** The shop's sessions in Redis, by express-session and connect-redis: a save carries the whole session. */
export function byConnectRedis(client) {
  const store = new RedisStore({ client });
  return byExpressSession(store, async (user, except) => {
    const all = await store.all(); // there is no index: every session of everybody is read
    const theirs = all.filter((s) => s.user === user && s.id !== except);
    await Promise.all(theirs.map((s) => store.destroy(s.id)));
    return theirs.length;
  });
}

/** The same on express-session with this project's store: a save carries the top-level fields that changed. */
export function bySessdStore(client) {
  const store = new SessdStore({ client, principal: (session) => session.user });
  return byExpressSession(store, (user, except) => store.destroyAll(user, { except }));
}

function byExpressSession(store, destroyAll) {
  return {
    middleware: session({ store, secret: 'of the shop', resave: false, saveUninitialized: false }),
    async update(session, change) {
      await change(session);
    },
    async login({ req }, user) {
      const { cookie, ...fields } = req.session;
      await call(req.session, 'regenerate'); // the way to a new id; it forgets the fields
      Object.assign(req.session, fields, { user });
      await call(req.session, 'save');
    },
    logout: ({ req }) => call(req.session, 'destroy'),
    logoutEverywhere: ({ req }, user, keepThis) => destroyAll(user, keepThis ? req.sessionID : undefined),
  };
}

function call(session, method) {
  return new Promise((resolve, reject) => session[method]((err) => (err ? reject(err) : resolve())));
}
