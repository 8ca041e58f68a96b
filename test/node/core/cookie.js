/** Returns the value of a cookie in a Cookie header, undefined where it has none of that name. */
export function readCookie(header, name) {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** Returns a Set-Cookie header. Attributes: path, domain, secure, httpOnly, sameSite, partitioned. */
export function writeCookie(name, value, { path, domain, secure, httpOnly, sameSite, partitioned }) {
  let line = `${name}=${value}`;
  if (path) line += `; Path=${path}`;
  if (domain) line += `; Domain=${domain}`;
  if (httpOnly) line += '; HttpOnly';
  if (secure) line += '; Secure';
  if (partitioned) line += '; Partitioned';
  if (sameSite) line += `; SameSite=${sameSite[0].toUpperCase()}${sameSite.slice(1)}`;
  return line;
}

/** Returns the Set-Cookie header that makes a browser forget a cookie of these attributes. */
export function clearCookie(name, attributes) {
  return `${writeCookie(name, '', attributes)}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`;
}
