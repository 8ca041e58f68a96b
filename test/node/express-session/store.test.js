// The store by itself: what goes over the wire, and what express-session asks of a store.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express from 'express';
import session from 'express-session';
import { Browser } from '../shop/browser.js';
import { connect } from '../shop/harness.js';
import { startSessd } from '../shop/servers.js';
import { serve } from '../shop/shops.js';
import { SessdStore } from './index.js';

let server;
before(async () => (server = await startSessd()));
after(() => server?.stop());

// Moves the clock by a millisecond whenever it is read.
function tick(t) {
  const { now } = Date;
  let moved = 0;
  t.mock.method(Date, 'now', () => now() + ++moved);
}

for (const library of ['node-redis', 'ioredis']) {
  const site = async (t, handler, cookie = {}) => {
    const client = await connect[library](t, server);
    const sent = [];
    const send = (words) => (client.call ? client.call(...words) : client.sendCommand(words));
    const store = new SessdStore({
      client: (words) => {
        sent.push(words.join(' ').replace(/sess:\S+/, 'ID'));
        return send(words);
      },
      principal: (session) => session.user,
    });
    const app = express();
    app.set('env', 'test');
    app.use(session({ store, secret: 's', resave: false, saveUninitialized: false, cookie }));
    app.use(handler);
    const { origin, close } = await serve(app);
    t.after(close);
    return { browser: new Browser(origin), store, sent, send };
  };
  const cookieField = '{"originalMaxAge":60000,"httpOnly":true,"path":"/"}';

  test(`${library}: a save carries the fields that changed; the moving date of a cookie is none`, async (t) => {
    tick(t);
    const { browser, sent } = await site(t, (req, res) => {
      const { session } = req;
      if (req.path === '/fill') Object.assign(session, { user: 'ann', cart: { tea: 1 }, lang: 'en' });
      if (req.path === '/change') {
        session.cart.tea++;
        delete session.lang;
      }
      res.json({ ...session, cookie: undefined });
    }, { maxAge: 60_000 });
    await browser.get('/fill');
    await browser.get('/read');
    assert.deepEqual((await browser.get('/change')).body, { user: 'ann', cart: { tea: 2 } });
    assert.deepEqual((await browser.get('/read')).body, { user: 'ann', cart: { tea: 2 } });
    assert.deepEqual(sent, [
      `SESS.CREATE ID PX 60000 PRINCIPAL ann FIELDS 4 cookie ${cookieField} user "ann" cart {"tea":1} lang "en"`,
      'SESS.GET ID', 'SESS.TOUCH ID PX 60000',
      'SESS.GET ID', 'SESS.SAVE ID PX 60000 UNSET 1 lang FIELDS 1 cart {"tea":2}',
      'SESS.GET ID', 'SESS.TOUCH ID PX 60000',
    ]);
  });

  test(`${library}: reload, regenerate, destroy, destroyAll`, async (t) => {
    const { browser, store, send } = await site(t, (req, res) => {
      const done = (err) => (err ? res.status(500).end(err.message) : res.json({ n: req.session?.n }));
      if (req.path === '/count') {
        req.session.n = (req.session.n ?? 0) + 1;
        return done();
      }
      if (req.path === '/reload') {
        req.session.n = 99;
        return req.session.reload(done);
      }
      if (req.path === '/login') return req.session.regenerate(() => done(void (req.session.user = 'bob')));
      if (req.path === '/logout') return req.session.destroy(done);
      done();
    });
    await browser.get('/count');
    assert.deepEqual((await browser.get('/reload')).body, { n: 1 });
    assert.deepEqual((await browser.get('/count')).body, { n: 2 });
    const before = browser.copy();
    await browser.get('/login');
    assert.deepEqual((await before.get('/')).body, {}, 'the old id is dead');
    assert.equal((await send(['SESS.LIST', 'bob'])).length, 1);
    assert.equal(await store.destroyAll('bob'), 1);
    await browser.get('/count');
    await browser.get('/logout');
    assert.deepEqual((await browser.get('/')).body, {});
  });

  test(`${library}: a save to a session that has ended is an error and brings nothing back`, async (t) => {
    const { browser, send } = await site(t, async (req, res) => {
      if (req.path === '/lose') await send(['SESS.DESTROY', `sess:${req.sessionID}`]);
      req.session.at = req.path;
      req.session.save((err) => res.json({ code: err?.code, id: req.sessionID }));
    });
    await browser.get('/first');
    const { body } = await browser.get('/lose');
    assert.equal(body.code, 'NOSESSION');
    assert.equal(await send(['EXISTS', `sess:${body.id}`]), 0);
  });
}
