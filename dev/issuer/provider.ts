import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider, type AccessToken, type Configuration, type JWKS, type KoaContextWithOIDC } from 'oidc-provider';
import { codePage, confirmPage, donePage, errorPage, loginPage } from './pages.js';
import { people } from './people.js';

export interface IssuerSettings {
  readonly port: number;
  readonly audience: string;
  /** Where dipper takes people back to when they have signed in. */
  readonly redirectUri: string;
  readonly secrets: { readonly web: string; readonly wms: string; readonly cookies: string };
  readonly keys: JWKS;
}

/** `storage.` scopes of any path that are asked for, now or when the code was, as IAM grants them. */
function storageScopes({ params, entities }: KoaContextWithOIDC['oidc']): string[] {
  const asked = [params?.['scope'], entities.AuthorizationCode?.scope, entities.DeviceCode?.scope].join(' ');
  return asked.split(' ').filter((one) => /^storage\.\w+:\//.test(one));
}

const configuration = ({ audience, redirectUri, secrets, keys }: IssuerSettings): Configuration => ({
  jwks: keys,
  cookies: { keys: [secrets.cookies] },
  clients: [
    { client_id: 'dipper-web', client_secret: secrets.web, redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'] },
    { client_id: 'dipper-cli', token_endpoint_auth_method: 'none', redirect_uris: [], response_types: [], grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] },
    { client_id: 'wms', client_secret: secrets.wms, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
  ],
  pkce: { required: () => true },
  scopes: ['openid', 'wlcg', 'wlcg.groups'],
  claims: { openid: ['sub'] },
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 600, DeviceCode: 600, Interaction: 600, Session: 86_400, Grant: 86_400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: async (ctx: KoaContextWithOIDC, form: string, _out: unknown, error: unknown) => { ctx.body = codePage(form, error !== undefined); },
      userCodeConfirmSource: async (ctx: KoaContextWithOIDC, form: string, client: { clientId: string }, _device: unknown, code: string) => { ctx.body = confirmPage(form, client.clientId, code); },
      successSource: async (ctx: KoaContextWithOIDC) => { ctx.body = donePage(); },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx: KoaContextWithOIDC, resource: string) => ({
        audience: resource, scope: ['wlcg', 'wlcg.groups', ...storageScopes(ctx.oidc)].join(' '),
        accessTokenFormat: 'jwt' as const, accessTokenTTL: 3600, jwt: { sign: { alg: 'RS256' as const } },
      }),
    },
  },
  extraTokenClaims: (_ctx, token) => ({ 'wlcg.ver': '1.0', ...('accountId' in token && { 'wlcg.groups': people[(token as AccessToken).accountId]?.groups ?? [] }) }),
  findAccount: (_ctx, id) => (id in people ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
  /** Nobody is asked what a client may have: these are the stack's own. */
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ accountId: oidc.session!.accountId!, clientId: oidc.client!.clientId });
    grant.addOIDCScope('openid wlcg wlcg.groups');
    grant.addResourceScope(audience, ['wlcg', 'wlcg.groups', ...storageScopes(oidc)].join(' '));
    await grant.save();
    return grant;
  },
  interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
  renderError: async (ctx, { error, error_description: description }) => { ctx.type = 'html'; ctx.body = errorPage(description ?? error); },
});

/** An issuer of tokens as WLCG has them, for trying things out. */
export function createProvider(settings: IssuerSettings): { answer: (request: IncomingMessage, response: ServerResponse) => void } {
  const provider = new Provider(`http://127.0.0.1:${settings.port}`, configuration(settings));
  const answer = provider.callback();

  async function logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const html = (body: string, status = 200) => { response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body); };
    try {
      await provider.interactionDetails(request, response);
      if (request.method !== 'POST') return html(loginPage(request.url!, false));
      const form = new URLSearchParams(await text(request));
      const name = form.get('name') ?? '';
      if (!Object.hasOwn(people, name) || form.get('password') !== name) return html(loginPage(request.url!, true), 403);
      await provider.interactionFinished(request, response, { login: { accountId: name } });
    } catch (error) {
      html(errorPage(String((error as Error).message)), 400);
    }
  }
  return { answer: (request, response) => { if (request.url!.startsWith('/login/')) void logIn(request, response); else void answer(request, response); } };
}
