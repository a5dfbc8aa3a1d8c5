import type { IncomingMessage } from 'node:http';
import * as client from 'openid-client';
import type { LoginRules } from '../../domain/access/token-rules.js';
import { unlessAborted } from '../../domain/unless-aborted.js';
import { DipperError } from '../../errors.js';
import { atIssuer, findIssuer, forAudience } from '../issuer-client.js';
import type { CookieKind, Cookies } from './cookies.js';
import { localPath } from './local-path.js';
import { createRenewed } from './renewed.js';
import type { Seal } from './seal.js';

const kind: CookieKind = { name: 'dipper_login', sameSite: 'lax' };
/** How long somebody may take to sign in. */
const SECONDS = 600;

export interface LoginOptions {
  readonly rules: LoginRules;
  /** What the token is to be for. */
  readonly audience: string;
  /** dipper's origin, as people's browsers see it. */
  readonly publicUrl: string;
  readonly clientSecret: string | undefined;
  readonly seal: Seal;
  readonly cookies: Cookies;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Signing in at the issuer by the code flow with PKCE. Both throw UNAUTHENTICATED or UPSTREAM_UNAVAILABLE. */
export interface Login {
  /** Where to send the browser, and the cookie that it must bring back. `to` is the page to come back to. */
  begin(to: unknown, signal: AbortSignal): Promise<{ location: string; cookie: string }>;
  /** The access token for what the issuer sent the browser back with, and the cookie that ends the sign-in. */
  finish(request: IncomingMessage, signal: AbortSignal): Promise<{ token: string; to: string; cookie: string }>;
}

export function createLogin({ rules, audience, publicUrl, clientSecret, seal, cookies, now }: LoginOptions): Login {
  const issuer = createRenewed(() => findIssuer({ ...rules, clientSecret }), now);

  return {
    async begin(to, signal) {
      const config = await unlessAborted(issuer.get(), signal);
      const secrets = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
      const { href: location } = client.buildAuthorizationUrl(config, {
        redirect_uri: `${publicUrl}/auth/callback`, scope: rules.scope, state: secrets.state, nonce: secrets.nonce, ...forAudience(audience),
        code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier), code_challenge_method: 'S256',
      });
      return { location, cookie: cookies.write(kind, await seal.seal('login', { ...secrets, to: localPath(to, publicUrl) }, Math.floor(now() / 1000) + SECONDS), SECONDS) };
    },
    async finish(request, signal) {
      const begun = await seal.open('login', cookies.read(request, kind) ?? '');
      if (!begun) throw new DipperError('UNAUTHENTICATED', 'This sign-in was not begun in this browser, or more than 10 minutes ago. Sign in again.');
      const { verifier, state, nonce, to } = begun as { verifier: string; state: string; nonce: string; to: string };
      const config = await unlessAborted(issuer.get(), signal);
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const granted = atIssuer(() => client.authorizationCodeGrant(config, new URL(request.url!, publicUrl), checks, forAudience(audience)));
      const { access_token: token } = await unlessAborted(granted, signal).catch((error: unknown) => {
        issuer.doubt(); // it may have moved, or have new keys
        throw error;
      });
      return { token, to, cookie: cookies.write(kind, '', 0) };
    },
  };
}
