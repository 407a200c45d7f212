import { showable } from '#lib/branding/index.ts';
import { Logo } from './document.tsx';
import { SealGlyph } from './glyphs.tsx';
import { Form, type FormProps, Link, Name, Point, Row, type Screen, Step, Submit, speak } from './parts.tsx';

export type WelcomeProps = Screen & {
  readonly customerName: string;
  readonly invitedBy: string | null;
  readonly form: FormProps;
  /** The link to pass on; null where that makes no sense: the partner's own page opened this one for a known person. */
  readonly forward: string | null;
};

/** What for, in the partner's words; in ours where they have none in this language. */
function Purpose({ locale, theme }: Screen) {
  const { t, words } = speak({ locale, theme });
  const own = theme.purpose[locale];
  return <p className="lead">{own ? showable(own, 200) : t.rich('welcome.purpose', words)}</p>;
}

/** Who asks, for what, who keeps it and how to stop. Shows no more than the invitation itself did. */
export function Welcome({ locale, theme, customerName, invitedBy, form, forward }: WelcomeProps) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <Step t={t} current={1} total={3} />
      <div className="bridge" aria-hidden="true">
        <span className={theme.logoUrl ? 'tile' : 'tile own'}>
          <Logo theme={theme} alt="" />
        </span>
        <span className="thread" />
        <SealGlyph size={30} />
        <span className="thread" />
        <span className="tile">Exact Online</span>
      </div>
      <h1>{t.rich('welcome.heading', words)}</h1>
      <Purpose locale={locale} theme={theme} />
      <dl className="panel">
        <Row label={t('label.for')}>
          <Name>{customerName}</Name>
        </Row>
        {invitedBy ? (
          <Row label={t('label.invitedBy')}>
            <Name>{invitedBy}</Name>
          </Row>
        ) : null}
      </dl>
      <ul className="points">
        <Point icon="list" head={t('welcome.reach')}>
          {t('welcome.reachText')}
        </Point>
        <Point icon="seal" head={t('welcome.keep')}>
          {t.rich('welcome.keepText', words)}
        </Point>
        <Point icon="stop" head={t('welcome.stop')}>
          {t('welcome.stopText')}
        </Point>
      </ul>
      <Form form={form}>
        <Submit>{t('welcome.continue')}</Submit>
      </Form>
      {forward === null ? null : <Forward locale={locale} theme={theme} customerName={customerName} link={forward} />}
    </>
  );
}

/** The link to copy or to mail on. To whom is the reader's to fill in: the mail names no address. */
function Forward({ locale, theme, customerName, link }: Screen & { customerName: string; link: string }) {
  const { t, words, partner } = speak({ locale, theme });
  const asks = t('welcome.forwardBody', { partner, customer: showable(customerName) });
  const mail = [t('mail.greeting'), asks, link].join('\r\n\r\n');
  const subject = encodeURIComponent(t('welcome.forwardSubject', { partner }));
  return (
    <details className="fold">
      <summary>{t('welcome.forward')}</summary>
      <p>{t.rich('welcome.forwardText', words)}</p>
      <label className="copy">
        {t('welcome.forwardLink')}
        <textarea readOnly rows={3} value={link} />
      </label>
      <Link href={`mailto:?subject=${subject}&body=${encodeURIComponent(mail)}`} className="btn plain">
        {t('welcome.forwardMail')}
      </Link>
    </details>
  );
}
