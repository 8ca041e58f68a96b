// node-redis through restarts of the daemon, with its own way to connect again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { freePort, startSessd } from '../../node/shop/servers.js';

test('nothing acknowledged is lost through restarts', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sessd-data-'));
  const port = String(await freePort());
  let server = await startSessd('--dir', dir, '--port', port);
  const client = createClient({ url: server.url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => {}); // the client tells each connection that it lost
  await client.connect();
  let acknowledged = 0;
  let working = true;
  const work = (async () => {
    while (working) {
      try {
        assert.equal(await client.set(`k${acknowledged}`, String(acknowledged)), 'OK');
        acknowledged++;
      } catch (err) {
        // What was not answered may be there or not, so it is done again.
        assert.ok(/LOADING|[Ss]ocket|ECONN|connection/.test(String(err) + err.code), err);
        await sleep(5);
      }
    }
  })();
  for (let round = 0; round < 3; round++) {
    for (const before = acknowledged; acknowledged < before + 20; ) await sleep(5);
    await server.stop();
    server = await startSessd('--dir', dir, '--port', port);
  }
  for (const before = acknowledged; acknowledged < before + 20; ) await sleep(5);
  working = false;
  await work;
  for (let i = 0; i < acknowledged; i++) assert.equal(await client.get(`k${i}`), String(i));
  client.destroy();
  await server.stop();
  rmSync(dir, { recursive: true });
});
