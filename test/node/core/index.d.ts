/** Attributes of the session's cookie. Left out: Path=/, HttpOnly, SameSite=Lax, Secure on HTTPS. */
export interface CookieAttributes {
  path?: string;
  domain?: string;
  secure?: boolean;
  httpOnly?: boolean;
  sameSite?: 'lax' | 'strict' | 'none';
  partitioned?: boolean;
}

/** What carries commands: a client of `redis`, one of `ioredis`, or a function of a command's words. */
export type Client =
  | { sendCommand(words: string[]): Promise<any> }
  | { call(command: string, ...words: string[]): Promise<any> }
  | ((words: string[]) => Promise<any>);

export interface Options {
  client: Client;
  /** The cookie's name; "sid" where left out. */
  name?: string;
  cookie?: CookieAttributes;
  /** Milliseconds that a session lives unused. Left out: the server's own. */
  idleTimeout?: number;
  /** Seconds that a session lives at most. Left out: the server's own. */
  absoluteTimeout?: number;
  /** Seconds after which an id is renewed by the next request. Left out: never. */
  renewAfter?: number;
  /** Sessions of one principal at once; the oldest make room. Left out: any number. */
  maxPerPrincipal?: number;
  /** Milliseconds, 1000 where left out, for which the old id works after a rotation. Whoever knows the
   *  old id shares that time, so keep it short. */
  grace?: number;
  /** Reads past the near cache of a sessd with an upstream, for visitors whose requests go to several. */
  fresh?: boolean;
}

/** Anything that JSON can hold. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value | undefined };

/** The fields of an application: widen it by `declare module`. */
export interface SessionFields {
  [field: string]: any;
}

export class SessionMethods {
  readonly id: string | undefined;
  readonly ended: boolean;
  save(options?: { ifUnchanged?: boolean }): Promise<void>;
  reload(): Promise<void>;
  update(change: (session: Session) => unknown, attempts?: number): Promise<void>;
  component<T extends object = Record<string, Value>>(name: string): Promise<Partial<T>>;
  incr(field: string, delta?: number, bounds?: { min?: number; max?: number }): Promise<number>;
  take<T = Value>(field: string): Promise<T | undefined>;
  flash(kind: string, message: Value): Promise<void>;
  takeFlashes<T = Value>(kind: string): Promise<T[]>;
  rotate(options?: { principal?: string; grace?: number }): Promise<void>;
  /** Ends the session; what the request writes after begins another one. */
  destroy(): Promise<void>;
}

export type Session = SessionMethods & SessionFields;

/** What asks about all sessions of a principal. */
export interface Principals {
  list(principal: string): Promise<string[]>;
  destroyAll(principal: string, options?: { except?: string }): Promise<number>;
}

export class Sessions implements Principals {
  constructor(options: Options);
  open(cookieHeader: string | undefined, request?: { secure?: boolean; headersSent?: () => boolean }): Promise<Session>;
  setCookie(session: Session): string | undefined;
  list(principal: string): Promise<string[]>;
  destroyAll(principal: string, options?: { except?: string }): Promise<number>;
}

export class SessionGone extends Error {
  code: 'NOSESSION';
  status: 401;
}
export class SessionChanged extends Error {
  code: 'REVISION';
  status: 409;
}
export class SessionsUnavailable extends Error {
  code: 'UNAVAILABLE';
  status: 503;
}
