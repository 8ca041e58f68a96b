import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.js';

/**
 * Lets visitors use the shop, each with several requests under way at once, and compares what their
 * sessions hold in the end with what they were told had been done. Answers counts. A session that
 * cannot be read in the end is counted as such, and nothing of it as kept or lost.
 *
 * A visitor sets fields, each of its own, deletes earlier ones and fills a cart; in the middle of it
 * he logs in; at the end he logs out while one of his requests is under way.
 */
export async function letVisitorsIn(origins, { visitors, rounds, inFlight, seed, gate }) {
  const counts = {
    requests: 0, refused: 0, fieldsChanged: 0, fieldsLost: 0, itemsAdded: 0, itemsLost: 0,
    logins: 0, loginsLost: 0, logouts: 0, logoutsUndone: 0, unreadable: 0,
  };
  await Promise.all(
    Array.from({ length: visitors }, (_, n) =>
      visit(new Browser(...origins), n, { rounds, inFlight, random: seeded(seed + n), gate, counts }),
    ),
  );
  return counts;
}

async function visit(browser, n, { rounds, inFlight, random, gate, counts }) {
  const fields = new Map(); // field → value, undefined once deleted: what the shop said it did
  const cart = new Map();
  const ask = async (method, path) => {
    const { status } = await browser.request(method, path);
    counts.requests++;
    if (status >= 400) counts.refused++;
    return status < 400;
  };
  const set = async (field, value) => {
    const done = await ask('POST', `/set/${field}/${value}`);
    if (done) fields.set(field, value);
    return done;
  };
  const unset = async (field) => {
    if (await ask('DELETE', `/set/${field}`)) fields.set(field, undefined);
    else fields.delete(field); // nobody knows
  };
  const add = async (item) => {
    if (await ask('POST', `/cart/${item}`)) cart.set(item, (cart.get(item) ?? 0) + 1);
  };

  let loggedIn = false;
  const login = async () => (loggedIn = await ask('POST', `/login/user${n}`));
  // This makes the session, so that all that follows belongs to it.
  for (const end = Date.now() + 60_000; !(await set('first', `v${n}`)) && Date.now() < end; ) await sleep(50);
  for (let round = 0; round < rounds; round++) {
    const settled = [...fields.keys()].filter((field) => fields.get(field) !== undefined && field !== 'first');
    const underWay = [];
    for (let i = 0; i < inFlight; i++) {
      const dice = random();
      if (dice < 0.15 && settled.length > 0) underWay.push(unset(settled.pop()));
      else if (dice < 0.4) underWay.push(add(random() < 0.5 ? 'tea' : 'cup'));
      else underWay.push(set(`f${round}.${i}`, `v${n}.${round}.${i}`));
    }
    if (round === rounds >> 1) underWay.push(login());
    await Promise.all(underWay);
  }

  const { status, body } = await answered(() => browser.get('/me'));
  if (status >= 400) {
    counts.unreadable++;
    return;
  }
  if (loggedIn) counts.logins++;
  if (loggedIn && body.user !== `user${n}`) counts.loginsLost++;
  for (const [field, value] of fields) {
    counts.fieldsChanged++;
    if (body[`my.${field}`] !== value) counts.fieldsLost++;
  }
  for (const [item, quantity] of cart) {
    counts.itemsAdded += quantity;
    counts.itemsLost += Math.max(0, quantity - (body.cart?.[item] ?? 0));
  }

  const thief = browser.copy();
  const held = gate.hold();
  const late = browser.copy().post(`/set/late/${held.name}`);
  await Promise.race([held.reached, late]); // which is refused where its session cannot be read
  const logout = await answered(() => browser.post('/logout'));
  held.release();
  await late;
  const after = await answered(() => thief.get('/me'));
  if (after.status >= 400) counts.unreadable++;
  if (logout.status >= 400 || after.status >= 400) return; // what was not confirmed was not promised
  counts.logouts++;
  if (Object.keys(after.body).length > 0) counts.logoutsUndone++;
}

// What a request is answered in the end; while the shop says that it cannot answer now, it is asked again.
async function answered(ask) {
  let answer = await ask();
  for (const end = Date.now() + 60_000; answer.status >= 400 && Date.now() < end; answer = await ask()) await sleep(50);
  return answer;
}

/** What the shop's handlers wait for: a few random milliseconds, or, for a request that carries a
 *  held name, until it is released. That makes "still under way" a fact and not a matter of timing. */
export class Gate {
  #held = new Map();
  #pause;

  /** Without a generator of random numbers nobody waits but for a held name. */
  constructor(random, ms) {
    this.#pause = random ? () => sleep(random() * ms) : () => {};
  }

  hold() {
    const name = `held${this.#held.size}`;
    const held = { name };
    held.reached = new Promise((arrive) => (held.arrive = arrive));
    held.released = new Promise((release) => (held.release = release));
    this.#held.set(name, held);
    return held;
  }

  pass = (name) => {
    const held = this.#held.get(name);
    if (!held) return this.#pause();
    held.arrive();
    return held.released;
  };
}

/** Numbers in [0, 1) that a seed determines: Marsaglia's xorshift of 32 bits. */
export function seeded(seed) {
  let x = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}
