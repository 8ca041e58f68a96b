// The shop by itself, on the sessd of SESSD_URL: `npm start`, then http://localhost:3000/me
import { createClient } from 'redis';
import { sessd } from '../express/index.js';
import { inSessd } from './kept.js';
import { expressShop } from './shops.js';

const client = await createClient({ url: process.env.SESSD_URL ?? 'redis://127.0.0.1:6379' })
  .on('error', (err) => console.error(`sessd: ${err.message}`))
  .connect();
const middleware = sessd({ client });
const port = Number(process.env.PORT ?? 3000);
expressShop({ middleware, ...inSessd(middleware.destroyAll) }, () => {})
  .listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/me`));
