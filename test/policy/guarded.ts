import { createApp, type Overrides } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import { policyRules } from '../../src/domain/access/policy-rules.js';
import { nobody, type Identity } from '../../src/domain/identity.js';
import { ask, type Answer } from '../support/ask.js';

export interface Guarded {
  readonly url: string;
  as(user: string, query: string, variables?: object): Promise<Answer>;
  stop(): Promise<void>;
}

export const issuer = 'https://iam.example/';

/** Somebody who came with a token. */
export const somebody = (subject: string, groups: readonly string[] = [], scopes: readonly string[] = []): Identity => ({ kind: 'TOKEN', subject, issuer, groups, scopes });

/** A dipper with a policy, whose requests say by a header which of these users they are of. Others have not signed in. */
export async function guarded(config: Config, policy: object, users: Readonly<Record<string, Identity>>, overrides: Overrides = {}): Promise<Guarded> {
  const app = await createApp({ ...config, access: { policy: policyRules.parse(policy) } }, {
    authenticate: (request) => Promise.resolve(users[String(request.headers['x-test-user'])] ?? nobody), ...overrides,
  });
  const url = await app.start();
  return { url, as: (user, query, variables) => ask(url, query, variables, undefined, { 'x-test-user': user }), stop: () => app.stop() };
}
