// A hundred visitors in the shop: on sessd, on express-session with this project's store, and on
// express-session with connect-redis and a redis-server.
// SEED replays a run as far as timing lets it; VISITORS, ROUNDS, IN_FLIGHT and PAUSE change it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sessd } from '../express/index.js';
import { connect } from './harness.js';
import { byConnectRedis, bySessdStore, inSessd } from './kept.js';
import { startRedis, startSessd } from './servers.js';
import { expressShop, serve } from './shops.js';
import { Gate, letVisitorsIn, seeded } from './visitors.js';

const setting = (name, usual) => Number(process.env[name] ?? usual);
const seed = setting('SEED', Date.now() % 1e6);
const size = { visitors: setting('VISITORS', 100), rounds: setting('ROUNDS', 10), inFlight: setting('IN_FLIGHT', 4) };
const pauseUpTo = setting('PAUSE', 10); // ms that a handler waits for something else

let sessdServer, redisServer;
before(async () => {
  sessdServer = await startSessd();
  redisServer = await startRedis();
});
after(() => Promise.all([sessdServer?.stop(), redisServer?.stop()]));

// Two processes' worth of shops, each with a connection of its own, behind one load balancer.
async function crowd(t, where, kept) {
  const gate = new Gate(seeded(seed), pauseUpTo);
  const origins = [];
  for (let i = 0; i < 2; i++) {
    const { origin, close } = await serve(expressShop(kept(await connect['node-redis'](t, where)), gate.pass));
    t.after(close);
    origins.push(origin);
  }
  return letVisitorsIn(origins, { ...size, seed, gate });
}

test(`${size.visitors} visitors, ${size.inFlight} requests in flight each`, async (t) => {
  console.log(`SEED=${seed}: ${JSON.stringify(size)}, handlers pause for up to ${pauseUpTo} ms`);
  const ours = await crowd(t, sessdServer, (client) => {
    const middleware = sessd({ client, grace: 60_000 });
    return { middleware, ...inSessd(middleware.destroyAll) };
  });
  const store = await crowd(t, sessdServer, bySessdStore);
  const theirs = await crowd(t, redisServer, byConnectRedis);

  const columns = [['sessd', ours], ['express-session, SessdStore', store], ['express-session, connect-redis', theirs]];
  const line = (what, cells) => console.log(what.padEnd(34) + cells.map((cell) => cell.padStart(32)).join(''));
  const row = (what, lost, of) => line(what, columns.map(([, counts]) => `${counts[lost]} of ${counts[of]}`));
  line('', columns.map(([name]) => name));
  row('field updates lost', 'fieldsLost', 'fieldsChanged');
  row('cart additions lost', 'itemsLost', 'itemsAdded');
  row('logins lost', 'loginsLost', 'logins');
  row('logouts undone by a late request', 'logoutsUndone', 'logouts');

  // Each counts what the shop answered with success; one late request per visitor comes after its logout.
  const { visitors } = size;
  assert.equal(ours.refused, 0);
  assert.deepEqual(
    [ours.fieldsLost, ours.itemsLost, ours.loginsLost, ours.logoutsUndone],
    [0, 0, 0, 0],
    `lost with SEED=${seed}`,
  );
  assert.equal(ours.logouts, visitors);
  assert.ok(ours.fieldsChanged > visitors && ours.itemsAdded > 0);
  assert.equal(store.logoutsUndone, 0, `undone with SEED=${seed}`);
  assert.ok(store.fieldsLost < theirs.fieldsLost, 'a store that saves what changed loses less');
  assert.ok(theirs.fieldsLost > 0, 'the comparison must be able to see a loss');
});
