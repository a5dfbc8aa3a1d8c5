import type { FastifyInstance, FastifyReply } from 'fastify';
import { isOwnPage } from '../auth/session/is-own-page.js';
import type { Login } from '../auth/session/login.js';
import type { Sessions } from '../auth/session/sessions.js';
import { DipperError } from '../errors.js';
import { requestSignal } from './request-signal.js';

export interface SignIn { readonly login: Login; readonly sessions: Sessions; readonly publicUrl: string }

export interface SignInOptions {
  readonly signIn?: SignIn | undefined;
  readonly timeoutSeconds: number;
  /** Aborts when dipper ends. */
  readonly ending: AbortSignal;
}

/** /auth/login, /auth/callback, /auth/logout and /auth/session: signing in at the pages. Without `signIn` they say that there is none. */
export async function addSignIn(server: FastifyInstance, { signIn, timeoutSeconds, ending }: SignInOptions): Promise<void> {
  await server.register(async (app) => {
    app.addHook('onRoute', (route) => { route.config = { ...route.config, isForAll: true }; });
    app.addHook('onSend', async (_request, reply) => { reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }); });
    if (signIn) addRoutes(app, signIn, (reply) => requestSignal(reply, timeoutSeconds, ending));
    else app.get('/auth/session', () => ({ offered: false, viewer: null }));
  });
}

function addRoutes(app: FastifyInstance, { login, sessions, publicUrl }: SignIn, signalOf: (reply: FastifyReply) => AbortSignal): void {
  app.get('/auth/login', async ({ query }, reply) => {
    const { location, cookie } = await login.begin((query as { to?: unknown }).to, signalOf(reply));
    return reply.header('set-cookie', cookie).redirect(location);
  });
  app.get('/auth/callback', async ({ raw }, reply) => {
    const signal = signalOf(reply);
    const { token, to, cookie } = await login.finish(raw, signal);
    return reply.header('set-cookie', [cookie, await sessions.begin(token, signal)]).redirect(to);
  });
  app.post('/auth/logout', async ({ raw }, reply) => {
    if (!isOwnPage(raw, publicUrl)) throw new DipperError('FORBIDDEN', 'Only the pages of this dipper may end their session.');
    return reply.header('set-cookie', sessions.end()).code(204).send();
  });
  // The pages ask it before anything else, so a session that has ended is an answer and no error.
  app.get('/auth/session', async ({ raw }, reply) => {
    const found = sessions.has(raw) ? await sessions.identityOf(raw, signalOf(reply)).catch((error: unknown) => {
      if (error instanceof DipperError && error.code === 'UNAUTHENTICATED') return undefined;
      throw error;
    }) : undefined;
    return { offered: true, viewer: found ? { subject: found.subject, issuer: found.issuer, expires: new Date(found.expires * 1000).toISOString() } : null };
  });
}
