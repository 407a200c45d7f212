/** What the receipt for a customer's file tells; `null` for what is not known (yet). */
export type ReceiptFacts = {
  connectionId: string;
  customerName: string;
  site: string;
  clientId: string;
  exactUser: string | null;
  consentedAt: string;
  lapsesAt: string;
  by: string;
  releasedAt: string;
  as: string;
  tokenFingerprint: string;
  outcome: 'confirmed' | 'rejected' | 'unconfirmed';
  settledAt: string;
};

const outcomes: Record<ReceiptFacts['outcome'], string> = {
  confirmed: 'confirmed at',
  rejected: 'refused, told at',
  unconfirmed: 'nobody told, ended at',
};

const inOneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ');

/** Reference 8.8: the account of a handoff without a secret, in four lines for people. The signed one is the JWS. */
export const receiptText = (facts: ReceiptFacts): string =>
  [
    `Connection ${facts.connectionId} / ${facts.customerName} / Exact Online ${facts.site} / client ID ...${facts.clientId.slice(-4)}`,
    `Authorised by ${facts.exactUser ?? 'an Exact user nobody asked for'} at ${facts.consentedAt}, valid until ${facts.lapsesAt}`,
    `Exported by ${facts.by} at ${facts.releasedAt} as ${facts.as}; token fingerprint ${facts.tokenFingerprint.slice(0, 12)}`,
    `Registration: ${outcomes[facts.outcome]} ${facts.settledAt}`,
  ]
    .map((each) => `${inOneLine(each)}\n`)
    .join('');
