// @socket.io/redis-adapter: two servers, one room.
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { attempt, show, url } from './show.js';

async function server() {
  const publisher = await createClient({ url }).connect();
  const subscriber = await publisher.duplicate().connect();
  const made = new Server(0, { adapter: createAdapter(publisher, subscriber, { requestsTimeout: 3000 }) });
  made.on('connection', (socket) => socket.on('join', (room, done) => (socket.join(room), done())));
  return made;
}
const servers = [await server(), await server()];
const clients = servers.map((one) => io(`http://127.0.0.1:${one.httpServer.address().port}`, { transports: ['websocket'] }));
const [ann, bea] = clients;
for (const client of clients) await client.emitWithAck('join', 'room');
const received = clients.map((client) => new Promise((resolve) => client.on('news', (...words) => resolve(words))));
servers[0].to('room').emit('news', 'hello', 1, { deep: [true] });
show('both hear', await Promise.all(received));
await attempt('sockets everywhere', async () => (await servers[0].fetchSockets()).length);
bea.on('question', (done) => done('bea answers'));
ann.on('question', (done) => done('ann answers'));
await attempt('answers', async () => (await servers[0].timeout(5000).to('room').emitWithAck('question')).sort());
servers[1].on('ping of servers', (text, done) => done(`to ${text}`));
await attempt('servers answer', () => servers[0].serverSideEmitWithAck('ping of servers', 'one'));
servers[0].in('room').socketsLeave('room');
await attempt('left', async () => {
  while ((await servers[0].in('room').fetchSockets()).length > 0);
  return true;
});
process.exit(0);
