import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { authenticateByOne } from './auth/authenticate-by-one.js';
import type { Authenticate } from './auth/authenticate.js';
import { authenticateByCertificate } from './auth/certificate/authenticate-by-certificate.js';
import { createCertificateVerifier } from './auth/certificate/certificate-verifier.js';
import { authenticateBySession } from './auth/session/authenticate-by-session.js';
import { createCookies } from './auth/session/cookies.js';
import { createLogin } from './auth/session/login.js';
import { createSeal } from './auth/session/seal.js';
import { createSessions } from './auth/session/sessions.js';
import { authenticateByToken } from './auth/token/authenticate-by-token.js';
import { rememberVerified } from './auth/token/remember-verified.js';
import { createVerifyToken } from './auth/token/verify-token.js';
import type { Config } from './config.js';
import type { SignIn } from './http/sign-in.js';

export interface SigningIn {
  readonly authenticate: Authenticate;
  /** Absent where nobody can sign in at the pages. */
  readonly signIn?: SignIn;
}

export interface SigningInOptions {
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Connections that come from the trusted proxy. */
  readonly proxy: { readonly sockets: WeakSet<Socket> };
}

/** Puts together the ways of signing in that the access file opens; nobody can where there is none. */
export function makeSigningIn({ access, signIn: settings }: Config, { log, now, proxy }: SigningInOptions): SigningIn {
  const ways: Authenticate[] = [];
  if (access?.certificates) ways.push(authenticateByCertificate(createCertificateVerifier(access.certificates), proxy));
  if (!access?.tokens) return { authenticate: authenticateByOne(...ways) };
  const { tokens } = access;
  const onKeysFailure = (issuer: string, err: unknown) => { log.warn({ err, issuer }, 'keys of the issuer cannot be had'); };
  const verify = rememberVerified(createVerifyToken({ rules: tokens, now, onKeysFailure }), now);
  ways.push(authenticateByToken(verify));
  if (!tokens.login || !settings) return { authenticate: authenticateByOne(...ways) };
  const { publicUrl, secret, clientSecret } = settings;
  const [seal, cookies] = [createSeal(secret, now), createCookies(publicUrl)];
  const sessions = createSessions({ seal, cookies, verify, now });
  const login = createLogin({ rules: tokens.login, audience: tokens.audience[0]!, publicUrl, clientSecret, seal, cookies, now });
  return { authenticate: authenticateByOne(...ways, authenticateBySession(sessions, publicUrl)), signIn: { login, sessions, publicUrl } };
}
