import { showable } from '#lib/branding/index.ts';
import { type Account, AccountRows, Doubt } from './account.tsx';
import { Seal } from './glyphs.tsx';
import { Back, Day, dayInText, type FormProps, Link, Moment, OwnWords, Row, type Screen, speak } from './parts.tsx';

export type DoneProps = Screen &
  Account & {
    readonly sealedAt: Date;
    readonly lapsesAt: Date;
    /** False when the look at Exact Online after sealing did not happen or failed. */
    readonly identityKnown: boolean;
    /** The customer's lasting page. */
    readonly accessHref: string | null;
    readonly exactSecurityHref: string;
    /** Where they may go on at the partner's. */
    readonly returnUrl: string | null;
    readonly receiptSentTo: string | null;
    /** Lets the customer say that this is the wrong account: the grant is then parked. */
    readonly doubt: FormProps | null;
    /** True when the partner checks before anyone may collect it. */
    readonly parked: boolean;
  };

export function Done(props: DoneProps) {
  const {
    locale,
    theme,
    lapsesAt,
    identityKnown,
    accessHref,
    exactSecurityHref,
    receiptSentTo,
    doubt,
    parked,
    returnUrl,
  } = props;
  const { t, words } = speak({ locale, theme });
  const until = dayInText(lapsesAt, locale);
  return (
    <>
      <div className="hero">
        <Seal mark={parked ? 'look' : 'tick'} tone="brand" />
        <h1>{t(parked ? 'done.headingParked' : 'done.heading')}</h1>
        <p className="lead">{parked ? t.rich('done.leadParked', words) : t.rich('done.lead', { ...words, until })}</p>
      </div>
      <Facts {...props} />
      {identityKnown ? null : <p className="fine">{t.rich('done.identityUnknown', words)}</p>}
      <OwnWords locale={locale} theme={theme} place="doneWords" />
      <Back locale={locale} theme={theme} href={returnUrl} look="main" />
      <section className="sect">
        <h2>{t('done.next')}</h2>
        <ol className="count">
          <li>{t('done.next1')}</li>
          <li>{t.rich(parked ? 'done.next2Parked' : 'done.next2', words)}</li>
          <li>{t('done.next3', { until })}</li>
        </ol>
        {receiptSentTo ? <p>{t.rich('done.receipt', { ...words, address: showable(receiptSentTo) })}</p> : null}
        <ul className="links">
          {accessHref ? (
            <li>
              <Link href={accessHref}>{t('done.access')}</Link>
            </li>
          ) : null}
          <li>
            <Link href={exactSecurityHref}>{t('done.security')}</Link>
          </li>
        </ul>
      </section>
      <Doubt locale={locale} theme={theme} asks={t('done.doubt')} doubt={doubt} />
    </>
  );
}

/** The receipt on the page: what Exact Online told us, and until when we keep it. */
function Facts(props: DoneProps) {
  const { locale, theme, sealedAt, lapsesAt } = props;
  const { t } = speak({ locale, theme });
  return (
    <dl className="panel">
      <AccountRows {...props} />
      <Row label={t('label.sealedOn')}>
        <Moment at={sealedAt} locale={locale} />
      </Row>
      <Row label={t('label.keptUntil')}>
        <Day at={lapsesAt} locale={locale} />
      </Row>
    </dl>
  );
}
