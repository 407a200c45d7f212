/**
 * What happened, as seen from outside: by the simulator, by recipients, by robots on pages, and in the API's answers.
 * Nothing here comes from the product's own tables. Fingerprints are the first 12 hex digits of a sha256, as the
 * simulator's log writes them.
 */
export type History = {
  consents: readonly Consent[];
  issues: readonly Issue[];
  deliveries: readonly Delivery[];
  /** Redeem calls of the rightful claimer that were refused although an earlier one may have delivered. */
  unheard: readonly Unheard[];
  /** By issued token, the chain it belongs to; renewal gives a chain more than one. */
  chains: ReadonlyMap<string, string>;
  /** How the simulator saw each refresh token presented, and how often a recipient of ours may have done so. */
  presented: ReadonlyMap<string, Presented>;
  presentedByUs: ReadonlyMap<string, number>;
  connections: readonly Connection[];
  sightings: readonly Sighting[];
};

/** One trip of a robot that came back from the provider with a code. */
export type Consent = {
  connectionId: string;
  partnerId: string;
  codeFingerprint: string;
  /** Whether a page of ours told this person that their permission is safely kept. */
  acknowledged: boolean;
};

/** `worked`: presentations that brought a successor. `renews`: the app allows us to, so only a token that was handed out counts. */
export type Presented = { times: number; worked: number; renews: boolean };

/** A refresh token that left the simulator for a code. */
export type Issue = {
  seq: number;
  codeFingerprint: string;
  tokenFingerprint: string;
  chain: string;
  clientId: string;
  userId: string;
  /** Whether the answer left whole; a cut one may still have held the token. */
  delivered: boolean | null;
  /** Whether the chain still answers, once everything is quiet. */
  alive: boolean;
};

/** A bundle that a recipient received. */
export type Delivery = {
  handoffId: string;
  connectionId: string;
  partnerId: string;
  /** API key and Idempotency-Key: who may hear the same answer twice. */
  recipient: string;
  tokenFingerprint: string;
  /** What the simulator's rules said when it was used; null when they never saw it. */
  spent: { ok: boolean; rule: string | null } | null;
  /** Whether the product had warned by then that the token may be dead. */
  warned: boolean;
};

export type Unheard = { handoffId: string; connectionId: string; code: string };

/** Where a connection stands once everything is quiet. */
export type Connection = {
  id: string;
  partnerId: string;
  status: string;
  events: readonly { type: string; at: string }[];
  /** Why the product would not hand out what it says it holds; null when it was not asked or did. */
  refused: string | null;
};

/** A secret, or another tenant's mark, where it does not belong. `what` names it and never shows it. */
export type Sighting = { verdict: 'LEAK' | 'XTEN'; where: string; what: string };
