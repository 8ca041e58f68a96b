// The shop on sessd, as its visitors see it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shop } from './app.js';
import { Browser } from './browser.js';
import { connect, serve, until } from './harness.js';
import { keptInSessd } from './kept.js';
import { startSessd } from './servers.js';
import { Gate } from './visitors.js';

async function open(t, server, options) {
  const client = await connect(t, server);
  const gate = new Gate();
  const origin = await serve(t, shop(keptInSessd(client, options), gate.pass));
  return { client, gate, newBrowser: () => new Browser(origin) };
}
const me = async (browser) => (await browser.get('/me')).body;

describe('ids and logouts', () => {
  let server;
  before(async () => (server = await startSessd()));
  after(() => server?.stop());

  test('login rotates the id, keeps the data, and the old id dies', async (t) => {
    const { client, newBrowser } = await open(t, server, { grace: 50 });
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
    assert.deepEqual(await client.sendCommand(['SESS.LIST', 'ann']), [id]);
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
    const { client, gate, newBrowser } = await open(t, server);
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
    assert.equal(await client.exists(id), 0);
    assert.deepEqual(await client.sendCommand(['SESS.LIST', 'dan']), []);
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
});

// The server's own timeouts, in real time. A machine that stalls must not fail the test: what it
// asserts is true however late an answer comes, and a stall longer than the idle timeout starts it anew.
describe('timeouts', () => {
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
      if (!alive && longest > idle / 2 && tries < 5) continue; // this machine slept, not sessd
      assert.ok(alive, 'a session in use was ended');
      await sleep(idle + 100);
      assert.deepEqual(await me(browser), {});
      return;
    }
  });

  test('no use keeps a session alive past its absolute timeout', async (t) => {
    const { newBrowser } = await open(t, server);
    const browser = newBrowser();
    const before = performance.now();
    await browser.post('/set/lang/en');
    const after = performance.now();
    let stalled = 0;
    for (let last = after; Object.keys(await me(browser)).length > 0; last = performance.now()) {
      assert.ok(last - after < absolute + 10, 'a session outlived its absolute timeout');
      stalled = Math.max(stalled, performance.now() - last);
      await sleep(idle / 10);
    }
    if (stalled < idle / 2) {
      assert.ok(performance.now() - before >= absolute - 10, 'a session in use ended before its absolute timeout');
    }
    assert.equal((await browser.post('/logout-everywhere')).status, 401);
  });
});
