/** The session ended while the request was under way. Nothing was saved, and nothing brought it back. */
export class SessionGone extends Error {
  code = 'NOSESSION';
  status = 401;
}

/** Somebody else saved first, and the save was only to be done if nobody had. Nothing was saved. */
export class SessionChanged extends Error {
  code = 'REVISION';
  status = 409;
}

/** sessd cannot be reached, or cannot answer now. Whether the command was done is not known. */
export class SessionsUnavailable extends Error {
  code = 'UNAVAILABLE';
  status = 503;
}

/**
 * Returns a function that sends the words of one command and resolves to its reply. A client is one
 * of node-redis (sendCommand), one of ioredis (call), or such a function itself.
 */
export function commander(client) {
  const send =
    typeof client === 'function' ? client
    : typeof client.call === 'function' ? (words) => client.call(...words)
    : (words) => client.sendCommand(words);
  return async (...words) => {
    try {
      return await send(words.map(String));
    } catch (err) {
      throw explain(err);
    }
  };
}

// What sessd says while it, or the upstream that keeps its sessions, cannot answer.
const away = new Set(['LOADING', 'BUSY', 'UPSTREAM', 'UNCERTAIN']);

// An error that the server sent begins with a code in capitals; all others are of the connection.
function explain(err) {
  const [, code] = /^([A-Z][A-Z0-9]*) /.exec(err.message) ?? [];
  const cause = { cause: err };
  if (code === 'NOSESSION') return new SessionGone('the session has ended', cause);
  if (code === 'REVISION') return new SessionChanged('the session was changed meanwhile', cause);
  if (code === undefined || away.has(code)) return new SessionsUnavailable('the sessions cannot be reached', cause);
  return err;
}
