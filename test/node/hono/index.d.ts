import type { MiddlewareHandler } from 'hono';
import type { Options, Principals, Session } from '../core/index.js';

export * from '../core/index.js';

export function sessd(options: Options): MiddlewareHandler<{ Variables: { session: Session } }> & Principals;
