import type { FastifyPluginAsync } from 'fastify';
import type { Options, Session, Sessions } from '../core/index.js';

export * from '../core/index.js';

declare module 'fastify' {
  interface FastifyRequest {
    session: Session;
  }
  interface FastifyInstance {
    sessions: Sessions;
  }
}

export const sessd: FastifyPluginAsync<Options>;
