import type { RequestHandler } from 'express';
import type { Options, Principals, Session } from '../core/index.js';

export * from '../core/index.js';

declare global {
  namespace Express {
    interface Request {
      session: Session;
    }
  }
}

export function sessd(options: Options): RequestHandler & Principals;
