import type { FaultEndpoint } from '../core/fault.ts';
import type { Ledger } from '../core/ledger.ts';
import { AUTHORIZE_PATH, CONSENT_PATH, LOGIN_PATH, SIGN_OUT_PATH } from '../endpoints/authorize.ts';
import type { Incoming } from '../http.ts';
import { fingerprint, sha256 } from '../mint.ts';
import { API_PATH, TOKEN_PATH } from '../paths.ts';

/** What a request is after and on whose behalf, as far as one can tell without judging it. */
export type Aim = {
  /** Whatever a fault may call it; none for pages that do not exist. */
  readonly endpoints: readonly FaultEndpoint[];
  readonly clientId: string | null;
  readonly chain: string | null;
  readonly grantType: string | null;
  readonly tokenFingerprint: string | null;
  /** A refresh token that has succeeded before. */
  readonly repeated: boolean;
};

const ANYWHERE: Omit<Aim, 'endpoints'> = {
  clientId: null,
  chain: null,
  grantType: null,
  tokenFingerprint: null,
  repeated: false,
};

export function aimOf(ledger: Ledger, incoming: Incoming): Aim {
  const { path, params, body } = incoming;
  if (path === TOKEN_PATH) return aimAtToken(ledger, new URLSearchParams(body));
  if (path.startsWith(API_PATH)) return aimAtApi(ledger, incoming);
  switch (path) {
    case AUTHORIZE_PATH:
      return { ...ANYWHERE, endpoints: ['authorize', 'any'], clientId: params.get('client_id') };
    case LOGIN_PATH:
    case SIGN_OUT_PATH:
      return { ...ANYWHERE, endpoints: ['login', 'any'], clientId: new URLSearchParams(body).get('client_id') };
    case CONSENT_PATH:
      return { ...ANYWHERE, endpoints: ['consent', 'any'], clientId: new URLSearchParams(body).get('client_id') };
    default:
      return { ...ANYWHERE, endpoints: [] };
  }
}

function aimAtToken(ledger: Ledger, form: URLSearchParams): Aim {
  const grantType = form.get('grant_type');
  const presented = form.get(grantType === 'refresh_token' ? 'refresh_token' : 'code');
  const id = presented === null ? null : sha256(presented);
  const token = id === null ? undefined : ledger.refreshTokens.get(id);
  const chain = token && ledger.chains.get(token.chain);
  // Credentials in a Basic header need no reading here: what is presented knows whose it is.
  const owner = chain ?? (id === null ? undefined : ledger.codes.get(id));
  return {
    endpoints: ['token', ...halfOf(grantType), 'any'],
    clientId: form.get('client_id') ?? owner?.clientId ?? null,
    chain: chain?.id ?? null,
    grantType,
    tokenFingerprint: id && fingerprint(id),
    repeated: token !== undefined && token.usedAt !== null,
  };
}

function halfOf(grantType: string | null): FaultEndpoint[] {
  if (grantType === 'authorization_code') return ['code'];
  return grantType === 'refresh_token' ? ['refresh'] : [];
}

function aimAtApi(ledger: Ledger, { path, header }: Incoming): Aim {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(header('authorization') ?? '')?.[1];
  const id = bearer === undefined ? null : sha256(bearer);
  const token = id === null ? undefined : ledger.accessTokens.get(id);
  const chain = token && ledger.chains.get(token.chain);
  return {
    ...ANYWHERE,
    endpoints: [...listingOf(path), 'api', 'any'],
    clientId: chain?.clientId ?? null,
    chain: chain?.id ?? null,
    tokenFingerprint: id && fingerprint(id),
  };
}

function listingOf(path: string): FaultEndpoint[] {
  if (path === `${API_PATH}current/Me`) return ['me'];
  return /\/(system|hrm)\/Divisions$/.test(path) ? ['divisions'] : [];
}
