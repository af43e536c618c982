import * as oidc from 'openid-client';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { type Account, type AccountContext, accountById, addAccount, followClaims, rowBySubject } from './accounts.ts';
import { noteSuccess } from './attempts.ts';
import { recordAudit } from './audit.ts';
import { isRole, type Role } from './roles.ts';
import type { SignOnSettings } from './sign-on-settings.ts';

/** What the browser keeps, from leaving for the provider until it comes back. */
export interface SignOnRequest {
  state: string;
  nonce: string;
  verifier: string;
}

/** Who the provider says it is. */
export interface Identity {
  /** Never changes and never goes to somebody else, as names and mail addresses do. */
  subject: string;
  username: string;
  displayName: string;
  /** Undefined when the provider gave none of ours, or several. */
  role: Role | undefined;
}

export interface SingleSignOn {
  name: string;
  /** @throws PortcullisError `signOnAway` (retry) when the provider cannot be reached */
  begin(): Promise<{ address: string; request: SignOnRequest }>;
  /**
   * @param query of the address the provider sent the browser back to
   * @throws PortcullisError `signOnRefused` for an answer that is not the provider's to this request; `signOnAway` (retry)
   */
  finish(query: URLSearchParams, request: SignOnRequest): Promise<Identity>;
}

export const signOnAnswerPath = '/sign-in/organisation/answer';

/** Authorisation code flow with PKCE, state and nonce (RFC 6749, RFC 7636, OpenID Connect Core). */
export function singleSignOn(settings: SignOnSettings, secret: string | undefined): SingleSignOn {
  let found: Promise<oidc.Configuration> | undefined;
  const redirect = `${settings.address}${signOnAnswerPath}`;
  async function provider(): Promise<oidc.Configuration> {
    found ??= discover(settings, secret);
    try {
      return await found;
    } catch (cause) {
      found = undefined;
      const says =
        'The identity provider of your organisation cannot be reached. Try again, or use an account of this console.';
      throw new PortcullisError('signOnAway', says, { retry: true, cause });
    }
  }
  return {
    name: settings.name ?? 'your organisation',
    async begin() {
      const request = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
      const address = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirect,
        scope: 'openid profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(request.verifier),
        code_challenge_method: 'S256',
        state: request.state,
        nonce: request.nonce,
      });
      return { address: address.href, request };
    },
    async finish(query, { state, nonce, verifier }) {
      const config = await provider();
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      try {
        const tokens = await oidc.authorizationCodeGrant(config, new URL(`${redirect}?${query}`), checks);
        return identityOf(tokens.claims() ?? {}, settings);
      } catch (cause) {
        const says = `The sign-in through your organisation did not work (${errorCode(cause)}). Start it again.`;
        throw new PortcullisError('signOnRefused', says, { cause });
      }
    },
  };
}

function discover({ issuer, clientId }: SignOnSettings, secret: string | undefined): Promise<oidc.Configuration> {
  const proof = secret === undefined ? oidc.None() : oidc.ClientSecretPost(secret);
  // The settings let plain HTTP through for this computer only, which is what the tests use.
  const execute = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
  return oidc.discovery(new URL(issuer), clientId, undefined, proof, { execute, timeout: 10 });
}

/** Pure. Entra names people for good by tenant and object id; other providers by the subject. */
function identityOf(claims: Record<string, unknown>, settings: SignOnSettings): Identity {
  const text = (name: string) => (typeof claims[name] === 'string' ? cleanText(claims[name]) : '');
  const person = text('oid') === '' ? text('sub') : `${text('tid')}/${text('oid')}`;
  const given = [claims.roles].flat().filter((word) => typeof word === 'string');
  const ours = new Set(given.map((word) => roleOf(word, settings)).filter((role) => role !== undefined));
  const username = text('preferred_username') || text('sub');
  return {
    subject: `${text('iss')} ${person}`,
    username: username.toLowerCase(),
    displayName: text('name') || username,
    role: ours.size === 1 ? [...ours][0] : undefined,
  };
}

function roleOf(word: string, { roles: names }: SignOnSettings): Role | undefined {
  const name = names === undefined ? word : Object.hasOwn(names, word) ? names[word] : undefined;
  return name !== undefined && isRole(name) ? name : undefined;
}

/**
 * The account of somebody the provider vouches for: made at their first visit, and given at each the role and name the
 * provider says now. It is never one that was made here, even under the same name.
 * @returns undefined when they may not come in
 */
export async function accountOfIdentity(context: AccountContext, identity: Identity): Promise<Account | undefined> {
  const { store, clock } = context;
  const { subject, username, displayName, role } = identity;
  const standing = await rowBySubject(store, subject);
  const refuse = async (detail: string) => {
    await recordAudit(store, {
      at: clock.now(),
      accountId: null,
      action: 'sign-in.refused',
      object: standing?.id,
      detail,
    });
    return undefined;
  };
  if (role === undefined) return refuse('no role');
  if (standing) await followClaims(store, standing.id, { role, displayName });
  const account = {
    username,
    displayName,
    role,
    passwordHash: '',
    mustChangePassword: false,
    externalSubject: subject,
  };
  const id = standing?.id ?? (await addAccount(context, account));
  const found = await accountById(store, id, clock.now());
  if (!found) return refuse('not usable');
  await noteSuccess(store, id, clock.now());
  return found;
}
