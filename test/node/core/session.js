import { SessionChanged, SessionGone } from './command.js';
import { Fields } from './fields.js';

const flashes = 'flash'; // the component that keeps flash messages

/** The session of one request. Its own enumerable properties are the fields of the global bag. */
export class Session {
  #send;
  #options;
  #headersSent;
  #id; // undefined until the server has made one
  #revision; // what is loaded here is complete as of this revision
  #principal;
  #global;
  #components = new Map(); // name → { bag, fields }
  #gone = false; // another request ended it, or its end is uncertain: nothing is saved any more
  #destroyed = false; // by this request; what it writes after begins another one
  #saving = Promise.resolve();

  constructor(send, options, headersSent) {
    this.#send = send;
    this.#options = options;
    this.#headersSent = headersSent;
    this.#global = new Fields(this);
  }

  /** The id: a secret that is worth as much as a password. Undefined while nothing was saved. */
  get id() {
    return this.#id;
  }

  /** Whether the session was destroyed, by this request or, as far as it found out, by another. */
  get ended() {
    return this.#gone || (this.#destroyed && this.#id === undefined);
  }

  /** Loads the session of an id, and rotates an id that is due. Without such a session nothing happens. */
  async load(id) {
    const reply = await this.#send('SESS.GET', id, 'WITHREV', ...this.#fresh());
    if (!found(reply)) return;
    this.#id = id;
    this.#show(reply);
    if (reply[2] === 1) await this.#renew();
  }

  /** Saves the fields that have changed; the binding does so when the response begins.
   *  With ifUnchanged, only when nobody saved to the session since it was loaded: SessionChanged else. */
  save({ ifUnchanged = false } = {}) {
    return this.#inTurn(() => this.#save(ifUnchanged));
  }

  /** Reads the session again. Changes that were not saved are dropped. */
  async reload() {
    const reply = await this.#send('SESS.GET', this.#mustExist(), 'WITHREV', ...this.#fresh());
    if (!found(reply)) throw this.#noteGone(new SessionGone('no such session'));
    this.#components.clear();
    this.#show(reply);
  }

  /** Changes fields by what they hold, however many requests do so at once: change(session) is
   *  called again on what the others saved until nobody came between. Where it fails, its changes are
   *  dropped: a later save of this request would undo what others save meanwhile. */
  async update(change, attempts = 100) {
    await this.save();
    try {
      for (;;) {
        await change(this);
        try {
          return await this.save({ ifUnchanged: true });
        } catch (err) {
          if (!(err instanceof SessionChanged) || --attempts <= 0) throw err;
          await this.reload();
        }
      }
    } catch (err) {
      this.#global.reset();
      for (const { fields } of this.#components.values()) fields.reset();
      throw err;
    }
  }

  /** The fields of a component, a bag of its own in the same session: an object to read and change. */
  async component(name) {
    if (!this.#components.has(name)) {
      const reply = this.#id === undefined ? [] : await this.#send('SESS.GET', this.#id, ...this.#fresh(), 'COMPONENT', name);
      if (reply === null) throw this.#noteGone(new SessionGone('no such session'));
      const bag = Object.create(null);
      this.#components.set(name, { bag, fields: new Fields(bag, reply) });
    }
    return this.#components.get(name).bag;
  }

  /** Adds to a field that holds a whole number, and answers what it holds then. Nothing is read first
   *  and nothing waits for the save. Outside of min to max it fails and changes nothing. */
  async incr(field, delta = 1, { min, max } = {}) {
    await this.#store();
    const words = ['SESS.INCR', this.#id, field, delta];
    if (min !== undefined) words.push('MIN', min);
    if (max !== undefined) words.push('MAX', max);
    const value = await this.#act(words);
    this.#global.put(field, String(value));
    return value;
  }

  /** Takes a field out of the session: of several requests at once, one gets the value. */
  async take(field) {
    await this.save();
    if (this.#id === undefined) return undefined;
    const [json] = await this.#act(['SESS.TAKE', this.#id, 'FIELDS', 1, field]);
    this.#global.put(field, undefined);
    return json === null ? undefined : JSON.parse(json);
  }

  /** Leaves a message of a kind for the next page. Those of several requests at once all stay. */
  async flash(kind, message) {
    await this.#store();
    await this.#act(['SESS.APPEND', this.#id, kind, `${JSON.stringify(message)},`, 'COMPONENT', flashes]);
  }

  /** Takes the messages of a kind, in their order. No other request gets them again. */
  async takeFlashes(kind) {
    if (this.#id === undefined) return [];
    const [list] = await this.#act(['SESS.TAKE', this.#id, 'COMPONENT', flashes, 'FIELDS', 1, kind]);
    return list === null ? [] : JSON.parse(`[${list.slice(0, -1)}]`);
  }

  /** Gives the session a new id, and a principal if one is named. To be done at every login, before
   *  anything about the user is written: an id that somebody planted earlier is then worth nothing. */
  async rotate({ principal, grace = this.#options.grace } = {}) {
    this.#principal = principal;
    if (this.#id === undefined) return; // its first save makes a fresh id anyway
    this.#mustPrecedeHeaders();
    const who = principal === undefined ? [] : ['PRINCIPAL', principal, ...this.#limit()];
    const how = grace > 0 ? ['GRACE', grace] : [];
    this.#id = await this.#act(['SESS.ROTATE', this.#id, '*', ...how, ...who]);
  }

  /** Ends the session. Nothing is saved to it any more, by this request or any other; what this one
   *  writes after begins another session. Where it fails, nothing that this request writes is saved. */
  destroy() {
    this.#global.load([]);
    this.#components.clear();
    return this.#inTurn(() => this.#destroy());
  }

  async #destroy() {
    try {
      if (this.#id !== undefined) await this.#send('SESS.DESTROY', this.#id);
    } catch (err) {
      this.#gone = true;
      throw err;
    }
    this.#id = this.#principal = undefined;
    [this.#gone, this.#destroyed] = [false, true];
  }

  // Saves, and what ends the session, wait for each other.
  #inTurn(run) {
    return (this.#saving = this.#saving.then(run, run));
  }

  async #save(ifUnchanged) {
    if (this.#gone) return;
    const bags = this.#dirtyBags();
    if (bags.length === 0) return;
    if (this.#id === undefined) {
      await this.#create(bags.flatMap(([name, , { set }]) => section(name, [], set)));
    } else {
      const condition = ifUnchanged ? ['IFREV', this.#revision] : [];
      const words = bags.flatMap(([name, , { set, unset }]) => section(name, unset, set));
      const revision = await this.#act(['SESS.SAVE', this.#id, ...condition, ...words]);
      // If others saved in between, their fields are not here, and the old revision says so.
      if (revision === this.#revision + 1) this.#revision = revision;
    }
    for (const [, fields, dirty] of bags) fields.clean(dirty);
  }

  // The bags with changes, the global one first: [component, fields, dirty].
  #dirtyBags() {
    const bags = [[undefined, this.#global], ...[...this.#components].map(([name, { fields }]) => [name, fields])];
    return bags
      .map(([name, fields]) => [name, fields, fields.dirty()])
      .filter(([, , { set, unset }]) => set.length + unset.length > 0);
  }

  // Makes sure that the server has the session, with all that was changed here.
  async #store() {
    await this.save();
    if (this.#gone) throw new SessionGone('the session has ended');
    if (this.#id === undefined) await this.#create([]);
  }

  async #create(sections) {
    this.#mustPrecedeHeaders();
    const { idleTimeout, absoluteTimeout, renewAfter } = this.#options;
    const words = ['SESS.CREATE', '*'];
    if (idleTimeout) words.push('PX', idleTimeout);
    if (absoluteTimeout) words.push('MAXAGE', absoluteTimeout);
    if (renewAfter) words.push('RENEWAFTER', renewAfter);
    if (this.#principal !== undefined) words.push('PRINCIPAL', this.#principal, ...this.#limit());
    this.#id = await this.#send(...words, ...sections);
    this.#revision = 0;
  }

  #fresh() {
    return this.#options.fresh ? ['FRESH'] : [];
  }

  #limit() {
    const { maxPerPrincipal } = this.#options;
    return maxPerPrincipal ? ['MAXPERPRINCIPAL', maxPerPrincipal, 'EVICTOLDEST'] : [];
  }

  // Of requests at once one renews the id; the others go on with the old one while its grace lasts.
  async #renew() {
    const grace = Math.max(this.#options.grace, 1000);
    try {
      this.#id = await this.#send('SESS.ROTATE', this.#id, '*', 'GRACE', grace);
    } catch (err) {
      if (!(err instanceof SessionGone)) throw err;
    }
  }

  async #act(words) {
    try {
      return await this.#send(...words);
    } catch (err) {
      throw this.#noteGone(err);
    }
  }

  #show([revision, reply]) {
    this.#revision = revision;
    this.#global.load(reply);
  }

  #noteGone(err) {
    if (err instanceof SessionGone) this.#gone = true;
    return err;
  }

  #mustExist() {
    if (this.#id === undefined) throw new SessionGone('there is no session yet');
    return this.#id;
  }

  #mustPrecedeHeaders() {
    if (this.#headersSent()) {
      throw new Error('the headers are sent, the browser cannot be told the session id: save() before streaming');
    }
  }
}

function section(component, unset, set) {
  const words = component === undefined ? [] : ['COMPONENT', component];
  if (unset.length) words.push('UNSET', unset.length, ...unset);
  if (set.length) words.push('FIELDS', set.length, ...set.flat());
  return words;
}

// A reply with the revision: null, or a pair whose second half is null, is no session.
function found(reply) {
  return Array.isArray(reply) && reply[1] !== null;
}
