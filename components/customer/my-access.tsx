import type { Happening } from '#lib/connections/index.ts';
import { formatDuration } from '#lib/i18n/index.ts';
import { type Account, AccountRows } from './account.tsx';
import { type Pressed, Seal, type Tone } from './glyphs.tsx';
import {
  Contact,
  Day,
  dayInText,
  Form,
  type FormProps,
  Link,
  Moment,
  Name,
  Row,
  type Screen,
  Submit,
  speak,
} from './parts.tsx';

/** Where the permission stands, as far as its giver needs to know. Withdrawn is a shred the customer asked for. */
export const accessStates = [
  'sealed',
  'expiring',
  'parked',
  'claimed',
  'handed_over',
  'registered',
  'rejected',
  'unconfirmed',
  'declined',
  'lapsed',
  'superseded',
  'withdrawn',
  'dead',
] as const;
export type AccessState = (typeof accessStates)[number];

export const looksOf = {
  sealed: { mark: 'tick', tone: 'brand' },
  expiring: { mark: 'clock', tone: 'warn' },
  parked: { mark: 'look', tone: 'brand' },
  claimed: { mark: 'pass', tone: 'brand' },
  handed_over: { mark: 'pass', tone: 'brand' },
  registered: { mark: 'tick', tone: 'brand' },
  rejected: { mark: 'mind', tone: 'bad' },
  unconfirmed: { mark: 'pass', tone: 'brand' },
  declined: { mark: 'broken', tone: 'quiet' },
  lapsed: { mark: 'broken', tone: 'quiet' },
  superseded: { mark: 'broken', tone: 'quiet' },
  withdrawn: { mark: 'broken', tone: 'quiet' },
  dead: { mark: 'broken', tone: 'bad' },
} as const satisfies Record<AccessState, { mark: Pressed; tone: Tone }>;

/** The states in which time still runs, and in which there is something here to withdraw. */
const running: ReadonlySet<AccessState> = new Set(['sealed', 'expiring', 'parked', 'claimed']);

/** The states in which it has left us: from there only Exact Online can stop it. */
const gone: ReadonlySet<AccessState> = new Set(['handed_over', 'registered', 'rejected', 'unconfirmed']);

/** Where connecting again is the thing to do. Elsewhere it is possible, and offered further down. */
const pressing: ReadonlySet<AccessState> = new Set(['expiring', 'lapsed', 'withdrawn', 'dead', 'rejected']);

export type MyAccessProps = Screen & {
  readonly state: AccessState;
  /** For "24 days left"; pages take their time from the caller's clock. */
  readonly now: Date;
  readonly customerName: string;
  readonly connectedAt: Date;
  readonly lapsesAt: Date;
  readonly handedOverAt: Date | null;
  /** The system that received it, where it has a name that customers know; else it is the partner's own. */
  readonly recipient: string | null;
  /** How many administrations the permission covers, 0 where that is not known. */
  readonly administrations: number;
  /** Who signed in, and for what: only the browser that connected is told, since the link alone may be in other hands. */
  readonly given: Account | null;
  /** Newest first. */
  readonly timeline: readonly { readonly at: Date; readonly what: Happening }[];
  readonly connectAgain: FormProps | null;
  /** Leads to the screen that asks whether they are sure. Shown only while there is something to withdraw. */
  readonly withdraw: FormProps | null;
  readonly exactSecurityHref: string;
};

/** The page a receipt leads to: who holds what, until when, and how to stop it. */
export function MyAccess(props: MyAccessProps) {
  const { locale, theme, state, lapsesAt, connectAgain, withdraw } = props;
  const { t, words } = speak({ locale, theme });
  const until = dayInText(lapsesAt, locale);
  return (
    <>
      <div className="hero">
        <Seal {...looksOf[state]} />
        <p className="eyebrow">{t.rich('access.eyebrow', words)}</p>
        <h1>{t(`access.${state}`)}</h1>
        <p className="lead">{t.rich(`access.${state}Text`, { ...words, until })}</p>
      </div>
      {connectAgain && pressing.has(state) ? (
        <Form form={connectAgain}>
          <Submit>{t('access.again')}</Submit>
        </Form>
      ) : null}
      <Facts {...props} />
      <History {...props} />
      {connectAgain && !pressing.has(state) ? (
        <section className="sect">
          <h2>{t('access.again')}</h2>
          <p>{t(state === 'superseded' ? 'access.againSuperseded' : 'access.againText')}</p>
          <Form form={connectAgain}>
            <Submit look="plain">{t('access.again')}</Submit>
          </Form>
        </section>
      ) : null}
      {withdraw && running.has(state) ? (
        <section className="sect">
          <h2>{t('access.withdraw')}</h2>
          <p>{t.rich('access.withdrawText', words)}</p>
          <Form form={withdraw}>
            <Submit look="grave">{t('access.withdrawButton')}</Submit>
          </Form>
        </section>
      ) : null}
      <section className="sect">
        <h2>{t('access.questions')}</h2>
        <p>{t.rich('access.questionsText', words)}</p>
        <Contact theme={theme} />
      </section>
      <Revoke {...props} />
      <p className="fine">{t('access.private')}</p>
    </>
  );
}

function Facts(props: MyAccessProps) {
  const { locale, theme, state, customerName, connectedAt, lapsesAt } = props;
  const { t } = speak({ locale, theme });
  return (
    <section>
      <h2 className="vh">{t('access.details')}</h2>
      <dl className="panel">
        <Row label={t('label.for')}>
          <Name>{customerName}</Name>
        </Row>
        <Given {...props} />
        <Row label={t('label.connectedOn')}>
          <Day at={connectedAt} locale={locale} />
        </Row>
        {running.has(state) ? (
          <Row label={t('label.keptUntil')}>
            <Day at={lapsesAt} locale={locale} />
            <TimeLeft {...props} />
          </Row>
        ) : null}
        <Row label={t('label.heldBy')}>
          <Holder {...props} />
        </Row>
        <HandedOver {...props} />
      </dl>
      {props.given || props.administrations === 0 ? null : <p className="fine">{t('access.hidden')}</p>}
    </section>
  );
}

function Given({ locale, theme, given, administrations }: MyAccessProps) {
  const { t } = speak({ locale, theme });
  if (given) return <AccountRows locale={locale} theme={theme} {...given} />;
  return administrations > 0 ? <Row label={t('label.administrations')}>{administrations}</Row> : null;
}

/** In whose hands it is now, in every state: ours, those of whoever received it, or nobody's. */
function Holder({ locale, theme, state, recipient }: MyAccessProps) {
  const { t, partner } = speak({ locale, theme });
  if (running.has(state)) return t('access.heldSealed');
  return gone.has(state) ? <Name>{recipient ?? partner}</Name> : t('access.heldByNobody');
}

function HandedOver({ locale, theme, state, handedOverAt }: MyAccessProps) {
  const { t } = speak({ locale, theme });
  return (
    <Row label={t('label.handedOverOn')}>
      {handedOverAt ? (
        <Moment at={handedOverAt} locale={locale} />
      ) : (
        t(running.has(state) ? 'label.notHandedOver' : 'label.neverHandedOver')
      )}
    </Row>
  );
}

function TimeLeft({ locale, theme, state, now, connectedAt, lapsesAt }: MyAccessProps) {
  const { t } = speak({ locale, theme });
  const whole = Math.max(1, lapsesAt.getTime() - connectedAt.getTime());
  const left = Math.min(whole, lapsesAt.getTime() - now.getTime());
  if (left <= 0) return null;
  return (
    <>
      <small>{t('label.left', { duration: formatDuration(left / 1000, locale) })}</small>
      <div className={state === 'expiring' ? 'span warn' : 'span'}>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          <rect className="off" width="100" height="4" />
          <rect className="on" width={Math.max(2, Math.round((left / whole) * 100))} height="4" />
        </svg>
      </div>
    </>
  );
}

const MOST_ENTRIES = 20;

function History({ locale, theme, timeline }: MyAccessProps) {
  const { t, words } = speak({ locale, theme });
  if (timeline.length === 0) return null;
  return (
    <section className="sect">
      <h2>{t('access.history')}</h2>
      <ol className="past">
        {timeline.slice(0, MOST_ENTRIES).map(({ at, what }) => (
          <li key={`${at.getTime()} ${what}`}>
            {t.rich(`access.past.${what}`, words)}
            <small>
              <Moment at={at} locale={locale} />
            </small>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Revoke({ locale, theme, state, exactSecurityHref }: MyAccessProps) {
  const { t, words } = speak({ locale, theme });
  // Once handed over, Exact Online is the only place left to stop it: then the steps are in sight.
  return (
    <details className="fold" open={gone.has(state)}>
      <summary>{t('access.revoke')}</summary>
      <p>{t('access.revokeText')}</p>
      <ol className="count">
        <li>{t.rich('access.revokeStep1', words)}</li>
        <li>{t.rich('access.revokeStep2', words)}</li>
        <li>{t.rich('access.revokeStep3', words)}</li>
        <li>{t.rich('access.revokeStep4', words)}</li>
      </ol>
      <p className="links">
        <Link href={exactSecurityHref}>{t('access.revokeLink')}</Link>
      </p>
    </details>
  );
}
