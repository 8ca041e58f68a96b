import { commander } from './command.js';
import { clearCookie, readCookie, writeCookie } from './cookie.js';
import { Session } from './session.js';

export { SessionChanged, SessionGone, SessionsUnavailable } from './command.js';
export { Session };

/**
 * The sessions of an application, kept by sessd; index.d.ts has every option. It knows no framework:
 * a binding asks open() for the session of a request, saves it before the response begins, and sends
 * the Set-Cookie header that setCookie() returns.
 */
export class Sessions {
  #send;
  #options;

  constructor({ client, ...options }) {
    this.#send = commander(client);
    this.#options = { name: 'sid', grace: 1000, ...options };
  }

  /** Opens the session that a Cookie header names, or one that is not stored yet. secure says whether
   *  the request came by HTTPS; headersSent reports whether it is too late to send a cookie. */
  async open(cookieHeader, { secure = false, headersSent = () => false } = {}) {
    const known = readCookie(cookieHeader, this.#options.name);
    const session = new Session(this.#send, this.#options, headersSent);
    // What cannot be an id that the server has made is not worth asking for.
    if (/^[\w-]{43}(~[\w-]{6})?$/.test(known ?? '')) await session.load(known);
    this.#cookies.set(session, { known, secure });
    return session;
  }

  #cookies = new WeakMap(); // session → what its request came with

  /** Returns the Set-Cookie header that the response needs, undefined where the browser's is right. */
  setCookie(session) {
    // The cookie has no age: how long a session lives is the server's to say. It is set by the request
    // that made the id and cleared by the one that ended it, never by one that merely found it dead: a
    // late answer to a request with the old id must not take the new one away from the browser.
    const { known, secure } = this.#cookies.get(session);
    const { name, cookie } = this.#options;
    const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure, ...cookie };
    if (session.id !== undefined && session.id !== known) return writeCookie(name, session.id, attributes);
    if (session.id === undefined && session.ended) return clearCookie(name, attributes);
    return undefined;
  }

  /** The ids of the live sessions of a principal. */
  list(principal) {
    return this.#send('SESS.LIST', principal);
  }

  /** Ends every session of a principal, or all but one; answers how many. */
  destroyAll(principal, { except } = {}) {
    return this.#send('SESS.DESTROYALL', principal, ...(except ? ['EXCEPT', except] : []));
  }
}
