// bullmq: jobs, their events and a flow of them.
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { port, show } from './show.js';

const connection = { port, host: '127.0.0.1', maxRetriesPerRequest: null };
const queue = new Queue('mail', { connection });
const events = new QueueEvents('mail', { connection });
await events.waitUntilReady();
const worker = new Worker('mail', async (job) => {
  await job.updateProgress(50);
  if (job.data.fails) throw new Error('no such mailbox');
  return job.data.n * 2;
}, { connection, concurrency: 2 });
worker.on('error', (error) => show('worker', error.message));

const done = async (job) => `${job.name}: ${await job.waitUntilFinished(events).catch((error) => error.message)}`;
show('plain', await done(await queue.add('plain', { n: 1 })));
show('priority', await done(await queue.add('priority', { n: 2 }, { priority: 3 })));
show('later', await done(await queue.add('later', { n: 3 }, { delay: 100 })));
show('fails', await done(await queue.add('fails', { fails: true }, { attempts: 2, backoff: 10 })));
const bulk = await queue.addBulk([{ name: 'x', data: { n: 5 } }, { name: 'y', data: { n: 6 } }]);
show('bulk', await Promise.all(bulk.map(done)));
const flow = await new FlowProducer({ connection }).add({
  name: 'parent', queueName: 'mail', data: { n: 7 },
  children: [{ name: 'child', queueName: 'mail', data: { n: 8 } }],
});
show('flow', await done(flow.job));
show('children', Object.values(await flow.job.getChildrenValues()));
show('counts', await queue.getJobCounts());
await queue.pause();
show('paused', await queue.isPaused());
await queue.obliterate({ force: true });
show('obliterated', await queue.getJobCounts());
process.exit(0);
