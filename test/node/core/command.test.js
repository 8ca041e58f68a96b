import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionChanged, SessionGone, SessionsUnavailable, commander } from './command.js';

const answers = (message) => commander(() => Promise.reject(new Error(message)))('SESS.GET', 'id');

test('what the server refuses is told apart from what it cannot answer now', async () => {
  await assert.rejects(answers('NOSESSION no such session'), SessionGone);
  await assert.rejects(answers('REVISION session is at revision 2'), SessionChanged);
  for (const message of [
    'connect ECONNREFUSED 127.0.0.1:6379', 'LOADING sessd is loading the dataset in memory', 'UPSTREAM unavailable: no connection',
    'UNCERTAIN done, and 0 of 1 replicas have it: a failover may undo it',
  ]) {
    await assert.rejects(answers(message), (err) => err instanceof SessionsUnavailable && err.status === 503 && err.cause.message === message);
  }
  await assert.rejects(answers('WRONGTYPE Operation against a key'), (err) => err.status === undefined && /^WRONGTYPE/.test(err.message));
});
