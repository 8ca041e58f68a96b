import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';

/** Connected clients that end with the test, by library: where is { port } or { socket }, a Unix socket's path. */
export const connect = {
  async 'node-redis'(t, { port, socket }) {
    const client = createClient({ socket: { host: '127.0.0.1', port, path: socket, reconnectStrategy: 20 } });
    client.on('error', () => {}); // the commands say so too
    await client.connect();
    t.after(() => client.destroy());
    return client;
  },
  async ioredis(t, { port, socket }) {
    const client = new Redis({ host: '127.0.0.1', port, path: socket, retryStrategy: () => 20, maxRetriesPerRequest: 1 });
    client.on('error', () => {});
    await client.ping();
    t.after(() => client.disconnect());
    return client;
  },
};

/** Asks again until the answer is true; fails after a time no sound server needs. */
export async function until(what, ask) {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(20)) {
    if (await ask()) return;
  }
  throw new Error(`it did not happen: ${what}`);
}
