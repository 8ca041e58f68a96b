import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts sessd on a free port of the loopback: { url, port, stop }. SESSD names the binary; without
 *  it, one is built. */
export async function startSessd(...flags) {
  const dir = mkdtempSync(join(tmpdir(), 'sessd-'));
  let binary = process.env.SESSD;
  if (!binary) {
    binary = join(dir, 'sessd');
    execFileSync('go', ['build', '-o', binary, './cmd/sessd'], { cwd: root, stdio: 'inherit' });
  }
  const args = ['--bind', '127.0.0.1', '--port', '0', '--log-format', 'json', ...flags];
  const server = run(binary, args, dir);
  const { addr } = await server.said((line) => {
    const entry = line.startsWith('{') ? JSON.parse(line) : {};
    return entry.msg === 'listening' && entry;
  });
  const port = Number(addr.slice(addr.lastIndexOf(':') + 1));
  return { url: `redis://127.0.0.1:${port}`, port, stop: server.stop };
}

/** Starts a real redis-server that keeps nothing on disk, on a Unix socket: { socket, stop }. */
export async function startRedis() {
  const dir = mkdtempSync(join(tmpdir(), 'redis-'));
  const socket = join(dir, 'socket');
  const binary = process.env.SESSD_TEST_REDIS_SERVER || 'redis-server';
  const args = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', dir];
  const server = run(binary, args, dir);
  await server.said((line) => /ready to accept connections/i.test(line));
  return { socket, stop: server.stop };
}

/** Starts a cluster of three primaries with a replica each: { url, killPrimary, stop }. A primary that is killed comes back
 *  as a replica once its own has its place: killPrimary resolves then. */
export async function startCluster() {
  const binary = process.env.SESSD_TEST_REDIS_SERVER || 'redis-server';
  const servers = [];
  for (let i = 0; i < 6; i++) {
    const dir = mkdtempSync(join(tmpdir(), 'redis-'));
    const port = await freePort();
    const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', dir, '--repl-diskless-sync-delay', '0'];
    const start = () => run(binary, [...args, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'].map(String), dir);
    const server = start();
    await server.said((line) => /ready to accept connections/i.test(line));
    servers.push({ ...server, start, port, address: `127.0.0.1:${port}` });
  }
  const addresses = servers.map(({ address }) => address);
  const cli = (...args) => execFileSync('redis-cli', args, { encoding: 'utf8' });
  cli('--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes');
  const of = ({ port }) => cli('-p', String(port), 'info', 'replication');
  const primaries = servers.filter((server) => of(server).includes('role:master'));
  while (!primaries.every((server) => of(server).includes('state=online'))) await sleep(50);
  const [first] = primaries;
  const heir = servers.find((server) => of(server).includes(`master_port:${first.port}\r`));
  const killPrimary = async () => {
    first.kill();
    const look = () => promisify(execFile)('redis-cli', ['-p', String(heir.port), 'info', 'replication']);
    while (!(await look()).stdout.includes('role:master')) await sleep(50);
    Object.assign(first, first.start());
  };
  return {
    url: `redis-cluster://${addresses.join(',')}`,
    killPrimary,
    stop: () => Promise.all(servers.map(({ stop }) => stop())),
  };
}

/** A port that nobody listens on, and whose cluster bus neither: below those that the system gives to connections,
 *  so that it can be left and taken again. */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if ((await listens(port)) && (await listens(port + 10_000))) return port;
  }
}

const listens = (port) =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

function run(binary, args, dir) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  const log = [];
  const waiting = new Set();
  const failed = new Promise((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`${binary} ended (${signal ?? code}):\n${log.join('\n')}`)));
  });
  failed.catch(() => {}); // it is told to whoever waits in said()
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      log.push(...lines);
      if (log.length > 1000) log.splice(0, log.length - 100);
      for (const line of lines) for (const look of waiting) look(line);
    });
  }
  const stop = () =>
    new Promise((resolve) => {
      const done = () => resolve(rmSync(dir, { recursive: true, force: true }));
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', done);
      child.kill('SIGTERM');
    });
  const said = (match) =>
    Promise.race([
      failed,
      new Promise((resolve) => {
        const look = (line) => {
          const found = match(line);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
      }),
    ]);
  process.on('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return { stop, said, kill };
}
