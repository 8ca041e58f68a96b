// What the programs share: where the server is, and how an outcome is printed.
export const port = Number(process.env.REDIS_PORT);
export const url = `redis://127.0.0.1:${port}`;

export function show(label, value) {
  console.log(`${label}: ${JSON.stringify(value)}`);
}

/** Shows what a call answers, or the message of its error. */
export async function attempt(label, call) {
  try {
    show(label, await call());
  } catch (error) {
    show(`${label} fails`, String(error?.message ?? JSON.stringify(error)));
  }
}

/** Waits until a condition holds. */
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Serves a handler of requests on a free port: its URL. */
export async function serve(listen) {
  const server = await new Promise((resolve) => {
    const started = listen(() => resolve(started));
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** A browser with the cookies of one visitor. */
export function browser(base) {
  let cookie = '';
  return async (path) => {
    const response = await fetch(base + path, { headers: { cookie } });
    const set = response.headers.getSetCookie();
    if (set.length) cookie = set.map((one) => one.split(';')[0]).join('; ');
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
}
