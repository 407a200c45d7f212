import type { ReactNode } from 'react';
import { Moment } from './moment.tsx';
import { times } from './outcome.tsx';
import { spanOf } from './time.ts';

export type ReceiptPaperProps = {
  partner: string;
  customer: string;
  exactUser: string | null;
  country: string;
  target: string;
  leftAs: string;
  claimedBy: string;
  settledBy: string | null;
  keysUrl: string;
  claims: {
    handoff_id: string;
    connection_id: string;
    client_id: string;
    recipient_key_thumbprint?: string;
    token_fingerprint: string;
    consented_at: string;
    lapses_at?: string;
    claimed_at: string;
    delivered_at: string;
    age_at_release_seconds: number;
    opened_before_release: number;
    spent_before_release: number;
    outcome: 'confirmed' | 'rejected' | 'unconfirmed';
    code?: string;
    settled_at: string;
  };
  jws: string;
};

const outcomes = {
  confirmed: 'Accepted: the recipient confirmed that it works',
  rejected: 'Refused: the recipient said that it does not work',
  unconfirmed: 'Nobody told the outcome in time',
} as const;

/** The figure as it is signed, and what it means. */
const counted = (count: number) => `${count} (${times(count)})`;

const Text = ({ children }: { children: string }) => (
  <code className="break-all font-mono text-[12px] leading-5">{children}</code>
);
const At = ({ at }: { at: string }) => <Moment at={new Date(at)} />;

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-0.5 border-line border-t py-2 sm:grid-cols-[11rem_minmax(0,1fr)] print:grid-cols-[11rem_minmax(0,1fr)] print:py-1">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-6 break-inside-avoid print:mt-4">
      <h2 className="mb-1.5 font-semibold text-[13px] text-muted uppercase tracking-wide">{title}</h2>
      <dl>{children}</dl>
    </section>
  );
}

/** The account of one handoff on paper: what is signed, in words, and the signed text itself at the end. */
export function ReceiptPaper({ claims, ...of }: ReceiptPaperProps) {
  return (
    <article className="rounded-lg border border-line bg-raised px-5 py-6 text-sm leading-6 sm:px-8 print:rounded-none print:border-0 print:bg-transparent print:p-0 print:text-[12px] print:leading-5">
      <p className="text-base leading-7">
        <strong className="font-semibold">{of.partner}</strong> received the credentials of{' '}
        <strong className="font-semibold">
          <bdi>{of.customer}</bdi>
        </strong>{' '}
        for Exact Online ({of.country}) on <At at={claims.delivered_at} />, once.
      </p>
      <Part title="Who">
        <Row name="Customer">
          <bdi>{of.customer}</bdi>
        </Row>
        <Row name="Gave consent">{of.exactUser ? <bdi>{of.exactUser}</bdi> : 'Not asked of Exact Online'}</Row>
        <Row name="Took it">{of.claimedBy}</Row>
        {of.settledBy ? <Row name="Told the outcome">{of.settledBy}</Row> : null}
      </Part>
      <Part title="When">
        <Row name="Consent">
          <At at={claims.consented_at} />
        </Row>
        <Row name="Claimed">
          <At at={claims.claimed_at} />
        </Row>
        <Row name="Handed over">
          <At at={claims.delivered_at} />
        </Row>
        <Row name="Outcome told">
          <At at={claims.settled_at} />
        </Row>
        {claims.lapses_at ? (
          <Row name="Would have lapsed">
            <At at={claims.lapses_at} />
          </Row>
        ) : null}
      </Part>
      <Part title="Where it went">
        <Row name="Target">
          <bdi>{of.target}</bdi>
        </Row>
        <Row name="As">{of.leftAs}</Row>
        <Row name="Encrypted to key">
          {claims.recipient_key_thumbprint ? <Text>{claims.recipient_key_thumbprint}</Text> : 'No key'}
        </Row>
        <Row name="Client ID">
          <Text>{claims.client_id}</Text>
        </Row>
      </Part>
      <Part title="The token">
        <Row name="Fingerprint (SHA-256)">
          <Text>{claims.token_fingerprint}</Text>
        </Row>
        <Row name="Age when it left">{spanOf(claims.age_at_release_seconds * 1000)}</Row>
        <Row name="Opened before it left">{counted(claims.opened_before_release)}</Row>
        <Row name="Used before it left">{counted(claims.spent_before_release)}</Row>
      </Part>
      <Part title="Outcome">
        <Row name="Result">
          {outcomes[claims.outcome]}
          {claims.code ? (
            <>
              {' '}
              (<Text>{claims.code}</Text>)
            </>
          ) : null}
        </Row>
        <Row name="Handoff">
          <Text>{claims.handoff_id}</Text>
        </Row>
        <Row name="Connection">
          <Text>{claims.connection_id}</Text>
        </Row>
      </Part>
      <section className="mt-6 break-inside-avoid border-line border-t pt-4 print:mt-4">
        <h2 className="font-semibold">The signed text</h2>
        <p className="mt-1 text-muted">
          It says the same and cannot be changed without breaking its signature (JWS, Ed25519). To check it without us:
          keep the public keys from <Text>{of.keysUrl}</Text>, take the one this text names, and verify. The way is at{' '}
          <a href="/docs/receipts" className="underline underline-offset-2">
            /docs/receipts
          </a>
          . Moments above are Dutch time; in the signed text they are UTC.
        </p>
        <p className="mt-3 break-all rounded-md bg-sunken px-3 py-2 font-mono text-[11px] leading-[1.15rem] print:bg-transparent print:px-0">
          {of.jws}
        </p>
      </section>
    </article>
  );
}
