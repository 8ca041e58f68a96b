import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';

/** A connected client that ends with the test: where is { url } or { socket }, a Unix socket's path. */
export async function connect(t, { url, socket }) {
  const client = createClient({ url, socket: { path: socket, reconnectStrategy: false } });
  client.on('error', (err) => console.error(`client: ${err.message}`));
  await client.connect();
  t.after(() => client.destroy());
  return client;
}

/** Lets an application listen on a free port until the test ends: its origin. */
export async function serve(t, app) {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Asks again until the answer is true; fails after a time no sound server needs. */
export async function until(what, ask) {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
    if (await ask()) return;
  }
  throw new Error(`it did not happen: ${what}`);
}
