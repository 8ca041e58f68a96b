// bull: jobs that are done, that fail and are tried again, and that wait for their time.
import Queue from 'bull';
import { port, show } from './show.js';

const queue = new Queue('mail', { redis: { port, host: '127.0.0.1' } });
const ended = [];
const all = new Promise((resolve) => {
  const note = (line) => ended.push(line) === 4 && resolve();
  queue.on('completed', (job, result) => note(`${job.name} done: ${result}`));
  queue.on('failed', (job, error) => job.attemptsMade === 2 && note(`${job.name} failed: ${error.message}`));
});
queue.process('*', async (job) => {
  await job.progress(50);
  if (job.data.fails) throw new Error('no such mailbox');
  return job.data.n * 2;
});
await queue.add('plain', { n: 1 });
await queue.add('first', { n: 2 }, { priority: 1 });
await queue.add('later', { n: 3 }, { delay: 100 });
await queue.add('fails', { fails: true }, { attempts: 2 });
await all;
show('ended', ended.sort());
show('counts', await queue.getJobCounts());
show('completed', (await queue.getCompleted()).map((job) => job.name).sort());
await queue.pause();
await queue.add('waits', {});
show('paused', await queue.getJobCounts());
show('emptied', (await queue.empty(), await queue.getJobCounts()));
process.exit(0);
