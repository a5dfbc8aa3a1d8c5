import type { IncomingMessage } from 'node:http';

/** Whether one of dipper's own pages sent the request: other sites' pages must not act by a cookie that the browser adds. */
export function isOwnPage({ headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  // Browsers leave it out where a page came over plain HTTP.
  return site === undefined ? headers.origin === publicUrl : site === 'same-origin' && (headers.origin === undefined || headers.origin === publicUrl);
}
