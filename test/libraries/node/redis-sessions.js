// redis-sessions: a service of sessions by application and user.
import module from 'redis-sessions';
import { port, show } from './show.js';

const RedisSessions = module.default ?? module;
const sessions = new RedisSessions({ port, host: '127.0.0.1', wipe: 0 });
const app = 'shop';
const made = [];
for (const id of ['ann', 'ann', 'bea']) made.push((await sessions.create({ app, id, ip: '10.0.0.1', ttl: 600, d: { n: made.length } })).token);
const known = ({ id, r, w, d, ttl }) => ({ id, r, w, d, ttl });
show('get', known(await sessions.get({ app, token: made[0] })));
show('set', known(await sessions.set({ app, token: made[0], d: { lang: 'en', n: null } })));
show('get again', known(await sessions.get({ app, token: made[0] })));
show('activity', await sessions.activity({ app, deltaTime: 600 }));
show('of the application', (await sessions.soapp({ app, deltaTime: 600 })).sessions.map((one) => one.id).sort());
show('of ann', (await sessions.soid({ app, id: 'ann' })).sessions.length);
show('kill', await sessions.kill({ app, token: made[0] }));
show('kill of ann', await sessions.killsoid({ app, id: 'ann' }));
show('kill all', await sessions.killall({ app }));
show('activity', await sessions.activity({ app, deltaTime: 600 }));
process.exit(0);
