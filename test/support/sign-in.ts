import { createHash, randomBytes } from 'node:crypto';
import type { TestStack } from './stack.js';

/** Follows redirects below one address as a browser does, with its cookies, until they lead elsewhere or there is a page. */
export async function browse(issuer: string, start: string, form?: Record<string, string>, jar = new Map<string, string>()): Promise<{ url: string; page: string | undefined; jar: Map<string, string> }> {
  let [url, body] = [new URL(start, issuer).href, form && new URLSearchParams(form)];
  for (let hop = 0; hop < 20; hop += 1) {
    if (!url.startsWith(`${issuer}/`)) return { url, page: undefined, jar };
    const response = await fetch(url, {
      redirect: 'manual', method: body ? 'POST' : 'GET', headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body && { body }), signal: AbortSignal.timeout(30_000),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value === '') jar.delete(name!);
      else jar.set(name!, value!);
    }
    const text = await response.text();
    const next = response.headers.get('location');
    if (next === null) return { url, page: text, jar };
    [url, body] = [new URL(next, url).href, undefined];
  }
  throw new Error(`${start} redirects without an end.`);
}

export interface Tokens { readonly access_token: string; readonly id_token?: string }

async function askForTokens({ urls, signIn }: TestStack, client: { id: string; secret: string }, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(`${urls.issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams({ resource: signIn.audience, ...form }), signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`The issuer answered ${response.status}: ${await response.text()}`);
  return await response.json() as Tokens;
}

/** Tokens of somebody who signs in at the stack's issuer, for dipper or for another audience. */
export async function signInAs(stack: TestStack, name: 'alice' | 'bob' | 'carol', { scope = 'openid wlcg.groups' }: { scope?: string } = {}): Promise<Tokens> {
  const { urls: { issuer }, signIn: { web, audience } } = stack;
  const verifier = randomBytes(32).toString('base64url');
  const redirect_uri = `${audience}/auth/callback`;
  const query = { client_id: web.id, response_type: 'code', redirect_uri, scope, resource: audience, code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
  const { url: login, jar } = await browse(issuer, `${issuer}/auth?${new URLSearchParams(query)}`);
  const { url, page } = await browse(issuer, login, { name, password: name }, jar);
  const code = new URL(url).searchParams.get('code');
  if (!code) throw new Error(`${name} could not sign in: ${url} ${page ?? ''}`);
  return askForTokens(stack, web, { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier });
}

/** The token of the WMS, which signs in for itself. */
export const signInWms = (stack: TestStack, { scope = 'wlcg', ...more }: { scope?: string; resource?: string } = {}): Promise<Tokens> =>
  askForTokens(stack, stack.signIn.wms, { grant_type: 'client_credentials', scope, ...more });
