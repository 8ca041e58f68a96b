import { Sessions } from '../core/index.js';

export * from '../core/index.js';

/**
 * Sessions for Express, kept by sessd.
 *
 *     const sessions = sessd({ client });
 *     app.use(sessions);
 *     app.post('/lang/:lang', (req, res) => { req.session.lang = req.params.lang; res.end(); });
 *
 * When the response ends, the fields that have changed, and no others, are saved before it is sent. A
 * save that fails goes to the error handlers of the application in place of the response. A response
 * that streams must `await req.session.save()` before its first byte.
 */
export function sessd(options) {
  const sessions = new Sessions(options);
  const middleware = async (req, res, next) => {
    try {
      req.session = await sessions.open(req.headers.cookie, {
        secure: req.secure,
        headersSent: () => res.headersSent,
      });
    } catch (err) {
      return next(err);
    }
    saveBeforeEnd(sessions, req.session, res, next);
    next();
  };
  middleware.list = (principal) => sessions.list(principal);
  middleware.destroyAll = (principal, options) => sessions.destroyAll(principal, options);
  return middleware;
}

// Holds the end of the response back until the session is saved, so that the visitor's next request,
// however fast, finds it saved, and so that a save that failed is not answered with success.
function saveBeforeEnd(sessions, session, res, next) {
  const { end, writeHead } = res;
  res.writeHead = (...head) => {
    res.writeHead = writeHead;
    const cookie = sessions.setCookie(session);
    if (cookie) res.appendHeader('Set-Cookie', cookie);
    return res.writeHead(...head);
  };
  res.end = (...body) => {
    res.end = end;
    session.save().then(
      () => res.end(...body),
      (err) => {
        if (res.headersSent) return res.destroy(err);
        for (const header of aboutTheBody) res.removeHeader(header);
        next(err);
      },
    );
    return res;
  };
}

const aboutTheBody = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Transfer-Encoding', 'ETag', 'Location'];
