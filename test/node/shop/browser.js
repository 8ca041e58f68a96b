/** A browser as far as sessions can tell: it keeps cookies and sends them back. */
export class Browser {
  #origins;
  #next = 0;
  cookies = new Map();

  /** With several origins, requests go to them in turn, as behind a load balancer. */
  constructor(...origins) {
    this.#origins = origins;
  }

  /** Answers { status, body }; body is parsed if it is JSON. */
  async request(method, path) {
    const origin = this.#origins[this.#next++ % this.#origins.length];
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(origin + path, { method, headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: json ? JSON.parse(text) : text };
  }

  get = (path) => this.request('GET', path);
  post = (path) => this.request('POST', path);
  delete = (path) => this.request('DELETE', path);

  /** A second browser with the same cookies: a thief's, or the same one as it was a moment ago. */
  copy() {
    const twin = new Browser(...this.#origins);
    twin.cookies = new Map(this.cookies);
    return twin;
  }

  #keep(line) {
    const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(line);
    const expires = /; *expires=([^;]+)/i.exec(attributes);
    if (expires && Date.parse(expires[1]) <= Date.now()) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
