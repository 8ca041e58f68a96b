// A hundred visitors in two shops, each with a sessd of its own over one cluster, one of whose primaries is killed meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sessd } from '../express/index.js';
import { connect } from './harness.js';
import { inSessd } from './kept.js';
import { startCluster, startSessd } from './servers.js';
import { expressShop, serve } from './shops.js';
import { Gate, letVisitorsIn, seeded } from './visitors.js';

const seed = Number(process.env.SEED ?? Date.now() % 1e6);

let cluster;
const daemons = [];
before(async () => {
  cluster = await startCluster();
  for (let i = 0; i < 2; i++) daemons.push(await startSessd('--upstream', cluster.url, '--upstream-save-replicas', '1'));
});
after(async () => {
  await Promise.all(daemons.map(({ stop }) => stop()));
  await cluster?.stop();
});

test('what the shop has confirmed survives the end of a primary', async (t) => {
  console.log(`SEED=${seed}`);
  const gate = new Gate(seeded(seed), 50);
  let passed = 0;
  let killed;
  const pause = (name) => {
    if (++passed === 1000) killed = cluster.killPrimary(); // of 8000 or so: however fast the machine is, all are at it
    return gate.pass(name);
  };
  const origins = [];
  for (const daemon of daemons) {
    const client = await connect['node-redis'](t, daemon);
    const grace = 3_600_000; // an uncertain login leaves the new id unknown: the old one has to last as long as the test
    const middleware = sessd({ client, grace, fresh: true });
    const { origin, close } = await serve(expressShop({ middleware, ...inSessd(middleware.destroyAll) }, pause));
    t.after(close);
    origins.push(origin);
  }
  const counts = await letVisitorsIn(origins, { visitors: 100, rounds: 20, inFlight: 4, seed, gate });
  await killed;
  console.log(JSON.stringify(counts));
  assert.equal(counts.unreadable, 0, `sessions that could not be asked for a minute, so nobody knows what they lost, with SEED=${seed}`);
  assert.deepEqual(
    [counts.fieldsLost, counts.itemsLost, counts.loginsLost, counts.logoutsUndone],
    [0, 0, 0, 0],
    `lost with SEED=${seed}`,
  );
  assert.ok(counts.fieldsChanged > 100 && counts.refused > 0);
});
