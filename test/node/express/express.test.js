// The middleware by itself: what goes over the wire, and the corners the shop does not reach.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express from 'express';
import { Browser } from '../shop/browser.js';
import { connect } from '../shop/harness.js';
import { startSessd } from '../shop/servers.js';
import { serve } from '../shop/shops.js';
import { sessd, SessionGone } from './index.js';

let server;
before(async () => (server = await startSessd()));
after(() => server?.stop());

// An application of one handler per test, and the SESS commands it sent.
async function site(t, handler, options = {}) {
  const client = await connect['node-redis'](t, server);
  const sent = [];
  const recorder = {
    sendCommand(words) {
      sent.push(words.join(' '));
      return client.sendCommand(words);
    },
  };
  const app = express();
  app.use(sessd({ client: recorder, ...options }));
  app.use(handler);
  app.use((err, req, res, next) => {
    if (res.headersSent) return next(err);
    res.status(err.status ?? 500).json({ code: err.code, error: err.message });
  });
  const { origin, close } = await serve(app);
  t.after(close);
  return { browser: new Browser(origin), client, sent };
}

test('who stores nothing has no session', async (t) => {
  const { browser, sent } = await site(t, (req, res) => res.json(Object.keys(req.session)));
  assert.deepEqual((await browser.get('/')).body, []);
  assert.equal(browser.cookies.size, 0);
  assert.deepEqual(sent, []);
});

test('a save carries the dirty fields, and nothing is sent when none is', async (t) => {
  const { browser, sent } = await site(t, (req, res) => {
    const { session } = req;
    if (req.path === '/fill') Object.assign(session, { user: 'ann', cart: { tea: 1 }, lang: 'en' });
    if (req.path === '/read') res.set('X-Tea', String(session.cart.tea));
    if (req.path === '/change') {
      session.cart.tea++;
      delete session.lang;
    }
    res.json({ ...session });
  });
  await browser.get('/fill');
  const id = browser.cookies.get('sid');
  assert.match(id, /^[\w-]{43}$/);
  await browser.get('/read');
  const { body } = await browser.get('/change');
  assert.deepEqual(body, { user: 'ann', cart: { tea: 2 } });
  assert.deepEqual(sent, [
    'SESS.CREATE * FIELDS 3 user "ann" cart {"tea":1} lang "en"',
    `SESS.GET ${id} WITHREV`,
    `SESS.GET ${id} WITHREV`,
    `SESS.SAVE ${id} UNSET 1 lang FIELDS 1 cart {"tea":2}`,
  ]);
});

test('any bytes that a string can hold survive', async (t) => {
  const text = 'CRLF \r\n, NUL \0, "quotes", ünï¢ødé, 🦊, \u2028';
  const { browser } = await site(t, (req, res) => {
    req.session[text] ??= text;
    res.json(req.session[text]);
  });
  assert.equal((await browser.get('/')).body, text);
  assert.equal((await browser.get('/')).body, text);
});

test('an id that the server did not make is never taken over', async (t) => {
  const { browser, sent } = await site(t, (req, res) => {
    req.session.seen = true;
    res.end();
  });
  for (const planted of ['short', 'x'.repeat(43), 'x'.repeat(600), '%00%0d%0a']) {
    browser.cookies.set('sid', planted);
    await browser.get('/');
    assert.notEqual(browser.cookies.get('sid'), planted);
  }
  assert.equal(sent.filter((words) => words.startsWith('SESS.GET')).length, 1, 'only one had the form of an id');
});

test('a component is a bag of its own in the same session', async (t) => {
  const { browser, client } = await site(t, async (req, res) => {
    const menu = await req.session.component('menu');
    menu.open = !menu.open;
    req.session.open = 'the global one';
    res.json({ ...menu });
  });
  assert.deepEqual((await browser.get('/')).body, { open: true });
  assert.deepEqual((await browser.get('/')).body, { open: false });
  const id = browser.cookies.get('sid');
  assert.deepEqual({ ...(await client.sendCommand(['SESS.GET', id])) }, { open: '"the global one"' });
  assert.deepEqual({ ...(await client.sendCommand(['SESS.GET', id, 'COMPONENT', 'menu'])) }, { open: 'false' });
});

test('a save to a session that has ended is an error, and the error is the response', async (t) => {
  const { browser, client } = await site(t, async (req, res) => {
    if (req.path === '/lose') await client.sendCommand(['SESS.DESTROY', req.session.id]);
    req.session.at = req.path;
    res.set('ETag', '"stale"').json({ saved: 'so it seems' });
  });
  await browser.get('/first');
  const id = browser.cookies.get('sid');
  const { status, body } = await browser.get('/lose');
  assert.equal(status, 401);
  assert.deepEqual(body, { code: 'NOSESSION', error: 'the session has ended' });
  assert.equal(await client.exists(id), 0);
  assert.equal((await browser.get('/again')).status, 200);
  assert.notEqual(browser.cookies.get('sid'), id, 'a visitor who comes again gets another session');
});

test('save, reload, rotate and update of a session that has ended throw SessionGone', async (t) => {
  const { browser, client } = await site(t, async (req, res) => {
    const { session } = req;
    if (req.path === '/start') session.x = 0;
    else {
      await client.sendCommand(['SESS.DESTROY', session.id]);
      session.x = 1;
      const act = { save: () => session.save(), reload: () => session.reload(), rotate: () => session.rotate(), update: () => session.update(() => {}) };
      await assert.rejects(act[req.path.slice(1)](), SessionGone);
    }
    res.end();
  });
  for (const method of ['save', 'reload', 'rotate', 'update']) {
    await browser.get('/start');
    assert.equal((await browser.get(`/${method}`)).status, 200, method);
  }
});

test('update applies a change again when others saved in between, and no change is lost', async (t) => {
  const { browser } = await site(t, async (req, res) => {
    await req.session.update((session) => {
      session.visits = (session.visits ?? 0) + 1;
    });
    res.json(req.session.visits);
  });
  assert.equal((await browser.get('/')).body, 1);
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get('/')));
  assert.deepEqual(answers.map(({ body }) => body).sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 2));
});

test('what an update that failed has changed is not saved with the response', async (t) => {
  const failures = {
    '/refused': () => Promise.reject(new Error('UPSTREAM unavailable: no connection')),
    '/uncertain': async (save) => { await save(); throw new Error('UNCERTAIN done, and 0 of 1 replicas have it'); },
    '/cut': async (save) => { await save(); throw new Error('the connection is closed'); },
  };
  const { browser, client } = await site(t, async (req, res) => {
    const { session } = req;
    if (req.path === '/start') session.cart = { tea: 1 };
    else {
      const menu = await session.component('menu');
      await session.update(() => {
        session.cart.tea++;
        menu.open = true;
        if (req.path === '/thrown') throw new Error('the price is unknown');
      });
    }
    res.end();
  });
  const { sendCommand } = client;
  let fails;
  client.sendCommand = async (words) => {
    const send = () => sendCommand.call(client, words);
    if (!fails || !words.includes('IFREV')) return send();
    const answer = await fails(send).catch((err) => err);
    await sendCommand.call(client, ['SESS.SAVE', words[1], 'cart', '{"tea":7}']); // another request comes between
    throw answer;
  };
  for (const path of ['/refused', '/uncertain', '/cut', '/thrown']) {
    fails = undefined;
    await browser.get('/start');
    fails = failures[path];
    assert.equal((await browser.get(path)).status, path === '/thrown' ? 500 : 503, path);
    const { cart } = await sendCommand.call(client, ['SESS.GET', browser.cookies.get('sid')]);
    assert.equal(cart, path === '/thrown' ? '{"tea":1}' : '{"tea":7}', path);
  }
});

test('a conditional save notices what came between a load and a plain save', async (t) => {
  const { browser, client } = await site(t, async (req, res) => {
    const { session } = req;
    session.a = 1;
    await session.save();
    await client.sendCommand(['SESS.SAVE', session.id, 'theirs', '1']);
    session.b = 2;
    await session.save(); // unconditional: it succeeds, but `theirs` is not seen here
    session.c = 3;
    await assert.rejects(session.save({ ifUnchanged: true }), { code: 'REVISION', status: 409 });
    await session.reload();
    session.c = 4;
    await session.save({ ifUnchanged: true });
    res.json({ ...session });
  });
  assert.deepEqual((await browser.get('/')).body, { a: 1, theirs: 1, b: 2, c: 4 });
});

test('a response that streams saves first; one that did not is cut, never falsely complete', async (t) => {
  const { browser } = await site(t, async (req, res) => {
    req.session.n = 1;
    if (req.path === '/saved') await req.session.save();
    res.write('one ');
    res.end('two');
  });
  await assert.rejects(browser.get('/unsaved'));
  assert.equal(browser.cookies.size, 0);
  assert.equal((await browser.get('/saved')).body, 'one two');
  assert.equal(browser.cookies.size, 1);
});

test('timeouts of its own are given to the sessions it makes', async (t) => {
  const { browser, client } = await site(
    t,
    (req, res) => {
      req.session.x = 1;
      res.end();
    },
    { idleTimeout: 90_000, absoluteTimeout: 3600, name: 'shop', cookie: { path: '/shop' } },
  );
  await browser.get('/');
  const meta = await client.sendCommand(['SESS.META', browser.cookies.get('shop')]);
  assert.equal(meta['idle-timeout'], 90_000);
  assert.equal(meta['absolute-timeout'], 3_600_000);
});
