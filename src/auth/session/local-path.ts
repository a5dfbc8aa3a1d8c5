/** The same path on this very host, or GraphiQL's: nobody is sent elsewhere after signing in. */
export function localPath(to: unknown, publicUrl: string): string {
  const home = '/graphiql/';
  if (typeof to !== 'string' || !to.startsWith('/') || !URL.canParse(to, publicUrl)) return home;
  const { origin, pathname, search } = new URL(to, publicUrl);
  return origin === publicUrl && !pathname.startsWith('//') && !pathname.startsWith('/auth/') ? pathname + search : home;
}
