import { parse } from 'cookie';
import onHeaders from 'on-headers';
import { Fields } from './fields.js';

/** The session ended while the request was under way. Nothing was saved, and nothing brought it back. */
export class SessionGone extends Error {
  code = 'NOSESSION';
  status = 401;
}

/** Somebody else saved first, and the save was only to be done if nobody had. Nothing was saved. */
export class SessionChanged extends Error {
  code = 'REVISION';
  status = 409;
}

/**
 * Sessions for Express, kept by sessd.
 *
 *     const sessions = sessd({ client });   // a connected client of the `redis` package
 *     app.use(sessions);
 *     app.post('/cart/:item', (req, res) => { req.session[req.params.item] = 1; res.end(); });
 *
 * Fields are properties of req.session and hold whatever JSON can. When the response ends, the fields
 * that have changed, and no others, are saved before it is sent: requests that change different fields
 * of one session at the same moment never undo each other. A visitor whose session holds nothing has
 * no session. A save to a session that has ended meanwhile fails with SessionGone and goes to the
 * error handlers of the application in place of the response.
 *
 * A response that streams must `await req.session.save()` before its first byte.
 *
 * Options: `client`; `name` of the cookie; `cookie`, more of its attributes; `idleTimeout` in ms and
 * `absoluteTimeout` in seconds for the sessions made here (the server's own where left out); `grace`,
 * the ms for which the old id still works after a rotation, so that the requests a browser had under
 * way do not fail. Whoever knows the old id shares that time, so keep it short.
 * `fresh` reads past the near cache of a sessd with an upstream, for visitors whose requests go to several.
 */
export function sessd({ client, name = 'sid', cookie = {}, idleTimeout, absoluteTimeout, grace = 1000, fresh = false }) {
  const options = { name, cookie, idleTimeout, absoluteTimeout, grace, fresh };
  const send = (...words) => client.sendCommand(words.map(String)).catch(explain);

  const middleware = async (req, res, next) => {
    try {
      req.session = await Session.load(send, options, req, res);
      saveBeforeEnd(req.session, res, next);
    } catch (err) {
      return next(err);
    }
    next();
  };
  /** The ids of the live sessions of a principal. */
  middleware.list = (principal) => send('SESS.LIST', principal);
  /** Ends every session of a principal, or all but one; answers how many. */
  middleware.destroyAll = (principal, { except } = {}) =>
    send('SESS.DESTROYALL', principal, ...(except ? ['EXCEPT', except] : []));
  return middleware;
}

const fresh = (options) => (options.fresh ? ['FRESH'] : []);

/** The session of one request. Its own enumerable properties are the fields of the global bag. */
class Session {
  #send;
  #options;
  #res;
  #id; // undefined until the server has made one
  #revision; // what is loaded here is complete as of this revision
  #principal;
  #global;
  #components = new Map(); // name → { bag, fields }
  #ended = false;
  #saving = Promise.resolve();

  static async load(send, options, req, res) {
    const session = new Session(send, options, res);
    const id = parse(req.headers.cookie ?? '')[options.name];
    // What cannot be an id that the server has made is not worth asking for.
    const reply = /^[\w-]{43}(~[\w-]{6})?$/.test(id ?? '') ? await send('SESS.GET', id, 'WITHREV', ...fresh(options)) : null;
    if (found(reply)) {
      session.#id = id;
      session.#show(reply);
    }
    session.#tellBrowser(id);
    return session;
  }

  constructor(send, options, res) {
    this.#send = send;
    this.#options = options;
    this.#res = res;
    this.#global = new Fields(this);
  }

  /** The id: a secret that is worth as much as a password. Undefined while nothing was saved. */
  get id() {
    return this.#id;
  }

  /** Saves the fields that have changed; happens by itself when the response ends.
   *  With ifUnchanged, only when nobody saved to the session since it was loaded: SessionChanged else. */
  save({ ifUnchanged = false } = {}) {
    const run = () => this.#save(ifUnchanged);
    return (this.#saving = this.#saving.then(run, run));
  }

  /** Reads the session again. Changes that were not saved are dropped. */
  async reload() {
    const reply = await this.#send('SESS.GET', this.#id, 'WITHREV', ...fresh(this.#options));
    if (!found(reply)) throw this.#gone(new SessionGone('no such session'));
    this.#components.clear();
    this.#show(reply);
  }

  /** Changes fields by what they hold (a counter), however many do so at once: change(session) is
   *  called again on what the others saved until nobody came between. */
  async update(change, attempts = 100) {
    await this.save();
    for (;;) {
      await change(this);
      try {
        return await this.save({ ifUnchanged: true });
      } catch (err) {
        if (!(err instanceof SessionChanged) || --attempts <= 0) throw err;
        await this.reload();
      }
    }
  }

  /** The fields of a component, a bag of its own in the same session: an object to read and change. */
  async component(name) {
    if (!this.#components.has(name)) {
      const reply = this.#id === undefined ? [] : await this.#send('SESS.GET', this.#id, ...fresh(this.#options), 'COMPONENT', name);
      if (reply === null) throw this.#gone(new SessionGone('no such session'));
      const bag = Object.create(null);
      this.#components.set(name, { bag, fields: new Fields(bag, reply) });
    }
    return this.#components.get(name).bag;
  }

  /** Gives the session a new id, and a principal if one is named. To be done at every login, before
   *  anything about the user is written: an id that somebody planted earlier is then worth nothing. */
  async rotate({ principal, grace = this.#options.grace } = {}) {
    this.#principal = principal;
    if (this.#id === undefined) return; // its first save makes a fresh id anyway
    this.#mustPrecedeHeaders();
    const who = principal === undefined ? [] : ['PRINCIPAL', principal];
    const how = grace > 0 ? ['GRACE', grace] : [];
    this.#id = await this.#send('SESS.ROTATE', this.#id, '*', ...how, ...who).catch((err) => {
      throw this.#gone(err);
    });
  }

  /** Ends the session. Nothing is saved to it any more, by this request or any other. */
  async destroy() {
    this.#ended = true;
    if (this.#id !== undefined) await this.#send('SESS.DESTROY', this.#id);
    this.#id = undefined;
  }

  async #save(ifUnchanged) {
    if (this.#ended) return;
    await this.#saveBag(this.#global, ifUnchanged);
    for (const [name, { fields }] of this.#components) await this.#saveBag(fields, ifUnchanged, name);
  }

  async #saveBag(fields, ifUnchanged, component) {
    const dirty = fields.dirty();
    const { set, unset } = dirty;
    if (set.length + unset.length === 0) return;
    if (this.#id === undefined) {
      await this.#create(component === undefined ? set : []);
      if (component === undefined) return fields.clean(dirty);
    }
    const words = ['SESS.SAVE', this.#id];
    if (component !== undefined) words.push('COMPONENT', component);
    if (ifUnchanged) words.push('IFREV', this.#revision);
    if (unset.length) words.push('UNSET', unset.length, ...unset);
    if (set.length) words.push('FIELDS', set.length, ...set.flat());
    const revision = await this.#send(...words).catch((err) => {
      throw this.#gone(err);
    });
    // If others saved in between, their fields are not here, and the old revision says so.
    if (revision === this.#revision + 1) this.#revision = revision;
    fields.clean(dirty);
  }

  async #create(set) {
    this.#mustPrecedeHeaders();
    const { idleTimeout, absoluteTimeout } = this.#options;
    const words = ['SESS.CREATE', '*'];
    if (idleTimeout) words.push('PX', idleTimeout);
    if (absoluteTimeout) words.push('MAXAGE', absoluteTimeout);
    if (this.#principal !== undefined) words.push('PRINCIPAL', this.#principal);
    if (set.length) words.push('FIELDS', set.length, ...set.flat());
    this.#id = await this.#send(...words);
    this.#revision = 0;
  }

  #show([revision, reply]) {
    this.#revision = revision;
    this.#global.load(reply);
  }

  #gone(err) {
    if (err instanceof SessionGone) this.#ended = true;
    return err;
  }

  // The cookie has no age: how long a session lives is the server's to say. It is set by the request
  // that made the id and cleared by the one that ended it, never by one that merely found it dead: a
  // late answer to a request with the old id must not take the new one away from the browser.
  #tellBrowser(known) {
    const { name, cookie } = this.#options;
    onHeaders(this.#res, () => {
      const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: this.#res.req.secure, ...cookie };
      if (this.#id !== undefined && this.#id !== known) this.#res.cookie(name, this.#id, attributes);
      if (this.#id === undefined && this.#ended) this.#res.clearCookie(name, attributes);
    });
  }

  #mustPrecedeHeaders() {
    if (this.#res.headersSent) {
      throw new Error('the headers are sent, the browser cannot be told the session id: save() before streaming');
    }
  }
}

// Holds the end of the response back until the session is saved, so that the visitor's next request,
// however fast, finds it saved, and so that a save that failed is not answered with success.
function saveBeforeEnd(session, res, next) {
  const end = res.end;
  res.end = (...body) => {
    res.end = end;
    session.save().then(
      () => res.end(...body),
      (err) => {
        if (res.headersSent) return res.destroy(err);
        for (const header of ABOUT_THE_BODY) res.removeHeader(header);
        next(err);
      },
    );
    return res;
  };
}

const ABOUT_THE_BODY = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Transfer-Encoding', 'ETag', 'Location'];

// A reply with the revision: null, or a pair whose second half is null, is no session.
function found(reply) {
  return Array.isArray(reply) && reply[1] !== null;
}

function explain(err) {
  if (/^NOSESSION\b/.test(err.message)) throw new SessionGone('the session has ended', { cause: err });
  if (/^REVISION\b/.test(err.message)) throw new SessionChanged('the session was changed meanwhile', { cause: err });
  throw err;
}
