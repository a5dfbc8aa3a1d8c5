import { stringify } from 'yaml';
import type { Home } from './home.js';
import { writeWhole } from './home.js';
import type { SignIn } from './issuer/issuer.js';

/** Writes the access file of the dipper that asks who is there; gives what that dipper needs of its environment. */
export function guardedEnvironment(home: Home, { issuerUrl, port, signIn, sessionSecret }: { issuerUrl: string; port: number; signIn: SignIn; sessionSecret: string }): Record<string, string> {
  const file = home.file('access.yaml');
  writeWhole(file, stringify({
    tokens: { audience: [signIn.audience], issuers: [{ issuer: issuerUrl }], login: { issuer: issuerUrl, clientId: signIn.web.id } },
    policy: {},
  }));
  return {
    DIPPER_PORT: String(port), DIPPER_AUTH: 'access', DIPPER_ACCESS: file,
    DIPPER_PUBLIC_URL: `http://127.0.0.1:${port}`, DIPPER_SESSION_SECRET: sessionSecret, DIPPER_CLIENT_SECRET: signIn.web.secret,
  };
}
