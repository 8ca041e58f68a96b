// The shop on sessd, as its visitors see it, on every framework and by both client libraries.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.js';
import { connect, until } from './harness.js';
import { freePort, startSessd } from './servers.js';
import { shops } from './shops.js';
import { Gate } from './visitors.js';

// Both libraries by one framework, and each framework by one library.
const pairs = [['express', 'node-redis'], ['express', 'ioredis'], ['fastify', 'ioredis'], ['koa', 'node-redis'], ['hono', 'node-redis']];

for (const [framework, library] of pairs) {
const open = async (t, server, options) => {
  const client = await connect[library](t, server);
  const gate = new Gate();
  const { origin, close } = await shops[framework]({ client, ...options }, gate.pass);
  t.after(close);
  const send = (...words) => (client.call ? client.call(...words) : client.sendCommand(words));
  return { send, gate, newBrowser: () => new Browser(origin) };
};
const me = async (browser) => (await browser.get('/me')).body;

describe(`${framework}, ${library}: ids and logouts`, () => {
  let server;
  before(async () => (server = await startSessd()));
  after(() => server?.stop());

  test('login rotates the id, keeps the data, and the old id dies', async (t) => {
    const { send, newBrowser } = await open(t, server, { grace: 50 });
    const ann = newBrowser();
    await ann.post('/set/lang/en');
    const before = ann.copy();
    const old = ann.cookies.get('sid');
    await ann.post('/login/ann');
    const id = ann.cookies.get('sid');
    assert.notEqual(id, old);
    assert.deepEqual(await me(ann), { 'my.lang': 'en', user: 'ann' });
    await until('the old id is dead', async () => Object.keys(await me(before)).length === 0);
    assert.deepEqual(await me(ann), { 'my.lang': 'en', user: 'ann' });
    assert.deepEqual(await send('SESS.LIST', 'ann'), [id]);
  });

  test('without grace the old id is dead at once', async (t) => {
    const { newBrowser } = await open(t, server, { grace: 0 });
    const bob = newBrowser();
    await bob.post('/set/lang/en');
    const before = bob.copy();
    await bob.post('/login/bob');
    assert.deepEqual(await me(before), {});
  });

  test('a request under way while the id rotates is saved', async (t) => {
    const { gate, newBrowser } = await open(t, server, { grace: 60_000 });
    const cy = newBrowser();
    await cy.post('/set/lang/en');
    const held = gate.hold();
    const late = cy.copy().post(`/set/late/${held.name}`);
    await held.reached;
    await cy.post('/login/cy');
    held.release();
    assert.equal((await late).status, 204);
    assert.deepEqual(await me(cy), { 'my.lang': 'en', 'my.late': held.name, user: 'cy' });
  });

  test('logout holds against requests under way', async (t) => {
    const { send, gate, newBrowser } = await open(t, server);
    const dan = newBrowser();
    await dan.post('/login/dan');
    const id = dan.cookies.get('sid');
    const thief = dan.copy();
    const held = Array.from({ length: 5 }, () => gate.hold());
    const late = held.map(({ name }, i) => thief.post(`/set/f${i}/${name}`));
    await Promise.all(held.map(({ reached }) => reached));
    assert.equal((await dan.post('/logout')).status, 204);
    assert.equal(dan.cookies.size, 0, 'the browser was told to forget the cookie');
    held.forEach(({ release }) => release());
    for (const { status, body } of await Promise.all(late)) {
      assert.equal(status, 401);
      assert.deepEqual(body, { error: 'the session has ended' });
    }
    assert.deepEqual(await me(thief), {});
    assert.equal(await send('EXISTS', id), 0);
    assert.deepEqual(await send('SESS.LIST', 'dan'), []);
  });

  test('what is written after a logout begins another session', async (t) => {
    const { send, newBrowser } = await open(t, server);
    const eve = newBrowser();
    await eve.post('/login/eve');
    const old = eve.cookies.get('sid');
    assert.equal((await eve.post('/logout?then=bye')).status, 204);
    const id = eve.cookies.get('sid');
    assert.ok(id && id !== old);
    assert.deepEqual(await me(eve), { 'my.then': 'bye' });
    assert.equal(await send('EXISTS', old), 0);
    assert.deepEqual(await send('SESS.LIST', 'eve'), []);
  });

  test('logout by the old id, while it is graced, ends the session for both ids', async (t) => {
    const { newBrowser } = await open(t, server, { grace: 60_000 });
    const eve = newBrowser();
    await eve.post('/set/lang/en');
    const before = eve.copy();
    await eve.post('/login/eve');
    await before.post('/logout');
    assert.deepEqual(await me(eve), {});
  });

  test('log out everywhere ends every session of that user, and nobody else’s', async (t) => {
    const { gate, newBrowser } = await open(t, server);
    const devices = [newBrowser(), newBrowser(), newBrowser()];
    const other = newBrowser();
    for (const device of devices) await device.post('/login/fay');
    await other.post('/login/gus');
    const held = gate.hold();
    const late = devices[2].copy().post(`/set/late/${held.name}`);
    await held.reached;
    assert.deepEqual((await devices[0].post('/logout-everywhere')).body, { ended: 3 });
    held.release();
    assert.equal((await late).status, 401);
    for (const device of devices) assert.deepEqual(await me(device), {});
    assert.equal((await me(other)).user, 'gus');
  });

  test('log out everywhere else keeps the one that asks', async (t) => {
    const { newBrowser } = await open(t, server);
    const devices = [newBrowser(), newBrowser(), newBrowser()];
    for (const device of devices) await device.post('/login/hal');
    assert.deepEqual((await devices[1].post('/logout-everywhere?else')).body, { ended: 2 });
    assert.deepEqual(await Promise.all(devices.map(me)), [{}, { user: 'hal' }, {}]);
    assert.equal((await devices[0].post('/logout-everywhere')).status, 401);
  });

  test('requests at once lose nothing', async (t) => {
    const { newBrowser } = await open(t, server);
    const ivy = newBrowser();
    await ivy.post('/set/first/1');
    const fields = Array.from({ length: 8 }, (_, i) => `f${i}`);
    await Promise.all(fields.flatMap((field) => [
      ivy.post(`/set/${field}/1`), ivy.post('/cart/tea'), ivy.post('/count'), ivy.post(`/flash/${field}`),
    ]));
    const wanted = Object.fromEntries(['first', ...fields].map((field) => [`my.${field}`, '1']));
    assert.deepEqual(await me(ivy), { ...wanted, cart: { tea: 8 }, count: 8 });
    const taken = await Promise.all([ivy.post('/flashes'), ivy.post('/flashes')]);
    assert.deepEqual(taken.flatMap(({ body }) => body).sort(), fields, 'each message is shown once');
  });

  test('an id that is due is renewed, and requests at once get through', async (t) => {
    const { newBrowser } = await open(t, server, { renewAfter: 1, grace: 60_000 });
    const jo = newBrowser();
    await jo.post('/set/lang/en');
    const old = jo.cookies.get('sid');
    await until('the id is renewed', async () => {
      const pages = await Promise.all([me(jo), me(jo), me(jo)]);
      assert.deepEqual(pages, Array(3).fill({ 'my.lang': 'en' }));
      return jo.cookies.get('sid') !== old;
    });
    assert.deepEqual(await me(jo), { 'my.lang': 'en' });
  });
});

describe(`${framework}, ${library}: sessd away for a moment`, () => {
  test('requests fail meanwhile, and go through once it is back', async (t) => {
    const port = String(await freePort());
    let server = await startSessd('--port', port);
    t.after(() => server.stop());
    const { gate, newBrowser } = await open(t, server);
    const kim = newBrowser();
    await kim.post('/set/lang/en');
    const held = gate.hold();
    const late = kim.copy().post(`/set/late/${held.name}`);
    await held.reached;
    await server.stop();
    held.release();
    // Whether the command waits for the server or fails is the client library's to say.
    const waiting = kim.get('/me');
    server = await startSessd('--port', port);
    assert.ok([401, 503].includes((await late).status), 'nobody is told that it was saved');
    assert.ok([200, 503].includes((await waiting).status));
    await until('the shop is back', async () => (await kim.get('/me')).status === 200);
    assert.deepEqual(await me(kim), {}, 'the session ended with the server that kept it');
    assert.equal((await kim.post('/set/lang/de')).status, 204);
    assert.deepEqual(await me(kim), { 'my.lang': 'de' });
  });
});

// The server's own timeouts, in real time. A machine that stalls must not fail the test: what it
// asserts is true however late an answer comes, and a stall longer than the idle timeout starts it anew.
describe(`${framework}, ${library}: timeouts`, () => {
  const idle = 1000;
  const absolute = 3000;
  let server;
  before(async () => (server = await startSessd('--idle-timeout', `${idle}ms`, '--absolute-timeout', `${absolute}ms`)));
  after(() => server?.stop());

  test('use keeps a session alive past its idle timeout, disuse ends it', async (t) => {
    const { newBrowser } = await open(t, server);
    for (let tries = 1; ; tries++) {
      const browser = newBrowser();
      const start = performance.now();
      await browser.post('/set/lang/en');
      let last = start;
      let longest = 0;
      let alive = true;
      while (alive && performance.now() - start < 1.8 * idle) {
        await sleep(idle / 10);
        alive = Object.keys(await me(browser)).length > 0;
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      if (!alive && longest > idle / 2 && tries < 50) continue; // this machine slept, not sessd
      assert.ok(alive, 'a session in use was ended');
      await sleep(idle + 100);
      assert.deepEqual(await me(browser), {});
      return;
    }
  });

  test('no use keeps a session alive past its absolute timeout', async (t) => {
    const { newBrowser } = await open(t, server);
    const browser = newBrowser();
    for (let tries = 1; ; tries++) {
      const before = performance.now();
      await browser.post('/set/lang/en');
      const after = performance.now();
      let [asked, answered, longest, alive] = [before, after, after - before, true];
      while (alive) {
        await sleep(idle / 10);
        asked = performance.now();
        alive = Object.keys(await me(browser)).length > 0;
        longest = Math.max(longest, performance.now() - answered);
        answered = performance.now();
        assert.ok(!alive || asked - after < absolute + 10, 'a session outlived its absolute timeout');
      }
      if (answered - before >= absolute - 10) break;
      assert.ok(longest > idle / 2 && tries < 50, 'a session in use ended before its absolute timeout');
    }
    assert.equal((await browser.post('/logout-everywhere')).status, 401);
  });
});
}
