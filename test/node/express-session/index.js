import { Store } from 'express-session';
import { SessionGone, commander } from '../core/command.js';

/**
 * A store for express-session that saves the top-level fields that changed, and no others.
 *
 *     session({ store: new SessdStore({ client }), secret, resave: false, saveUninitialized: false })
 *
 * Options: `client`; `prefix` of the ids, "sess:" where left out; `ttl`, the seconds that a session
 * without a cookie's maxAge lives unused, a day where left out; `principal(session)`, the user whose
 * session it is, for destroyAll: it is asked when a session is stored first, so at a login regenerate.
 */
export class SessdStore extends Store {
  #send;
  #prefix;
  #ttl;
  #principal;
  #saved = new WeakMap(); // express-session's object → field → JSON, as the server has it

  constructor({ client, prefix = 'sess:', ttl = 86400, principal = () => undefined }) {
    super();
    this.#send = commander(client);
    this.#prefix = prefix;
    this.#ttl = ttl;
    this.#principal = principal;
  }

  get(sid, done) {
    answer(done, async () => {
      const reply = await this.#send('SESS.GET', this.#prefix + sid);
      if (reply === null) return null;
      const fields = pairs(reply);
      const session = Object.fromEntries([...fields].map(([field, json]) => [field, JSON.parse(json)]));
      session.cookie ??= {};
      const { originalMaxAge } = session.cookie;
      if (originalMaxAge) session.cookie.expires = new Date(Date.now() + originalMaxAge).toISOString();
      this.#saved.set(session, fields);
      return session;
    });
  }

  createSession(req, stored) {
    const session = super.createSession(req, stored);
    this.#saved.set(session, this.#saved.get(stored));
    return session;
  }

  set(sid, session, done) {
    answer(done, async () => {
      const saved = this.#saved.get(session);
      const now = fieldsOf(session);
      const set = [...now].filter(([field, json]) => saved?.get(field) !== json);
      const unset = [...(saved?.keys() ?? [])].filter((field) => !now.has(field));
      if (saved === undefined) await this.#create(sid, session, set);
      else await this.#save(sid, session, set, unset);
      this.#saved.set(session, now);
    });
  }

  touch(sid, session, done) {
    answer(done, () => this.#send('SESS.TOUCH', this.#prefix + sid, 'PX', this.#timeout(session)));
  }

  destroy(sid, done) {
    answer(done, () => this.#send('SESS.DESTROY', this.#prefix + sid));
  }

  /** Ends every session of a user, but for one if its id is given; answers how many. */
  destroyAll(principal, { except } = {}) {
    return this.#send('SESS.DESTROYALL', principal, ...(except ? ['EXCEPT', this.#prefix + except] : []));
  }

  async #create(sid, session, set) {
    const principal = this.#principal(session);
    const who = principal === undefined ? [] : ['PRINCIPAL', principal];
    const px = ['PX', this.#timeout(session)];
    await this.#send('SESS.CREATE', this.#prefix + sid, ...px, ...who, 'FIELDS', set.length, ...set.flat());
  }

  async #save(sid, session, set, unset) {
    const words = [];
    if (unset.length) words.push('UNSET', unset.length, ...unset);
    if (set.length) words.push('FIELDS', set.length, ...set.flat());
    const px = ['PX', this.#timeout(session)];
    if (words.length > 0) await this.#send('SESS.SAVE', this.#prefix + sid, ...px, ...words);
    else if ((await this.#send('SESS.TOUCH', this.#prefix + sid, ...px)) === 0) throw new SessionGone('the session has ended');
  }

  #timeout({ cookie }) {
    return Math.max(1, Math.ceil(lifetime(cookie) ?? this.#ttl * 1000));
  }
}

function fieldsOf(session) {
  const fields = new Map();
  for (const [field, value] of Object.entries(session)) {
    const json = JSON.stringify(field === 'cookie' ? lasting(value) : value);
    if (json !== undefined) fields.set(field, json);
  }
  return fields;
}

// express-session moves a cookie's date with every request; its length alone is worth a save.
function lasting(cookie) {
  const { originalMaxAge } = cookie;
  return { ...cookie.toJSON?.() ?? cookie, expires: undefined, originalMaxAge: lifetime(cookie) ?? originalMaxAge };
}

// The milliseconds that a cookie lives, undefined where it has no end. express-session measures them
// anew with each request and loses one when the clock moves meanwhile: whole seconds stay what they are.
function lifetime({ originalMaxAge: ms } = {}) {
  if (typeof ms !== 'number') return undefined;
  return ms < 1000 ? ms : Math.ceil(ms / 1000) * 1000;
}

function pairs(reply) {
  if (!Array.isArray(reply)) return new Map(Object.entries(reply));
  return new Map(Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]]));
}

function answer(done = () => {}, act) {
  act().then((result) => done(null, result), done);
}
