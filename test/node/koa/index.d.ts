import type { Middleware } from 'koa';
import type { Options, Principals, Session } from '../core/index.js';

export * from '../core/index.js';

declare module 'koa' {
  interface DefaultContext {
    session: Session;
  }
}

export function sessd(options: Options): Middleware & Principals;
