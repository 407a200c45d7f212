import { showable } from '#lib/branding/index.ts';
import type { Translator } from '#lib/i18n/index.ts';
import type { Account } from './account.tsx';
import { Icon, Seal } from './glyphs.tsx';
import { Divisions, Form, type FormProps, Link, Name, Row, type Screen, Submit, speak, Who } from './parts.tsx';
import { Help } from './problem.tsx';

/** What a look at Exact Online found to be wrong, and the reader can put right. */
export const faults = ['wrong_user', 'wrong_company', 'current_missing', 'not_verified'] as const;
export type FaultKind = (typeof faults)[number];

export type PutRightProps = Screen &
  Account & {
    readonly fault: FaultKind;
    /** What the partner asked for, as they wrote it. */
    readonly asked: { readonly user: string | null; readonly division: string | null };
    /** The administration that is open at Exact Online, by number and name. */
    readonly open: string | null;
    readonly exactHref: string;
    /** Looks again; null once that is no longer possible. */
    readonly check: FormProps | null;
    /** Leaves for Exact Online, to consent once more as the same user. */
    readonly again: FormProps;
    /** The same, to sign in as somebody else. */
    readonly another: FormProps;
    /** What came of looking again just now. */
    readonly said: 'still' | 'unreadable' | null;
    readonly code: string;
  };

/** Exactly one thing to put right, and one thing to do about it. The permission is sealed, and waits. */
export function PutRight(props: PutRightProps) {
  const { locale, theme, fault, asked, open, said, code } = props;
  const { t, words } = speak({ locale, theme });
  const values = { ...words, asked: showable(asked.division ?? ''), open: showable(open ?? '') };
  return (
    <>
      <div className="hero">
        <Seal mark="mind" tone="warn" />
        <h1>{t(`fix.${fault}.heading`)}</h1>
        <p className="lead">{t.rich(`fix.${fault}.what`, values)}</p>
      </div>
      {said ? (
        <div className="note" role="status">
          <Icon name="mind" />
          <p>{t(`fix.${said}`)}</p>
        </div>
      ) : null}
      <Compared {...props} />
      <WaysOn {...props} />
      <section className="sect">
        <h2>{t('fix.leave')}</h2>
        <p>
          {t('fix.safe')} {t.rich('fix.leaveText', words)}
        </p>
      </section>
      <Help locale={locale} theme={theme} code={code} />
    </>
  );
}

/** What was asked for and what came, one above the other. */
function Compared({ locale, theme, fault, asked, exactUser, company, divisions, open }: PutRightProps) {
  const { t } = speak({ locale, theme });
  const wanted = fault === 'wrong_user' ? asked.user : fault === 'wrong_company' ? asked.division : null;
  const nothing = !wanted && !exactUser && !company && !open && divisions.length === 0;
  if (nothing) return null;
  return (
    <dl className="panel">
      {wanted ? (
        <Row label={t('label.askedFor')}>
          <Name>{wanted}</Name>
        </Row>
      ) : null}
      {exactUser ? (
        <Row label={wanted && fault === 'wrong_user' ? t('label.found') : t('label.signedInAs')}>
          <Who user={exactUser} />
        </Row>
      ) : null}
      {fault === 'current_missing' && open ? (
        <Row label={t('label.openNow')}>
          <Name>{open}</Name>
        </Row>
      ) : company ? (
        <Row label={wanted && fault === 'wrong_company' ? t('label.found') : t('label.company')}>
          <Name>{company}</Name>
        </Row>
      ) : null}
      {divisions.length > 0 ? (
        <Row label={t('label.administrations')}>
          <Divisions t={t} divisions={divisions} />
        </Row>
      ) : null}
    </dl>
  );
}

function WaysOn(props: PutRightProps) {
  const { fault } = props;
  if (fault === 'wrong_user') return <Another {...props} />;
  if (fault === 'wrong_company') {
    return (
      <>
        <Another {...props} />
        <Ticking {...props} title="fix.tickCompany" look="plain" />
      </>
    );
  }
  if (fault === 'current_missing') return <Ticking {...props} title="fix.tick" look="main" />;
  return (
    <div className="acts">
      <CheckAgain {...props} look="main" />
    </div>
  );
}

function Another({ locale, theme, fault, another }: PutRightProps) {
  const { t } = speak({ locale, theme });
  return (
    <div className="acts">
      <Form form={another}>
        <Submit>{t(fault === 'wrong_user' ? 'fix.wrong_user.action' : 'fix.another')}</Submit>
      </Form>
    </div>
  );
}

type TickingProps = PutRightProps & { title: 'fix.tick' | 'fix.tickCompany'; look: 'main' | 'plain' };

/** Where administrations are ticked at Exact Online without consenting again, then one more look. */
function Ticking(props: TickingProps) {
  const { locale, theme, title, look, fault, asked, open, exactHref, check } = props;
  const { t, words } = speak({ locale, theme });
  const missing = showable((fault === 'wrong_company' ? asked.division : open) ?? '');
  return (
    <section className={look === 'main' ? 'acts' : 'sect'}>
      <h2>{t(title)}</h2>
      {check ? (
        <>
          <ol className="count fine">
            <li>{t.rich('fix.tick1', words)}</li>
            <li>{t.rich('fix.tick2', words)}</li>
            <li>{t.rich('fix.tick3', { ...words, missing })}</li>
            <li>{t('fix.tick4')}</li>
          </ol>
          <OpenExact href={exactHref} t={t} />
        </>
      ) : null}
      <CheckAgain {...props} look={look} />
    </section>
  );
}

/** In a tab of its own: the reader has to come back to this one. */
function OpenExact({ href, t }: { href: string; t: Translator }) {
  return /^https?:\/\//.test(href) ? (
    <ul className="links">
      <li>
        <a href={href} target="_blank" rel="noopener noreferrer">
          {t('fix.open')}
        </a>
      </li>
    </ul>
  ) : (
    <Link href={href}>{t('fix.open')}</Link>
  );
}

function CheckAgain({ locale, theme, check, again, look }: PutRightProps & { look: 'main' | 'plain' }) {
  const { t } = speak({ locale, theme });
  return check ? (
    <Form form={check}>
      <Submit look={look}>{t('fix.check')}</Submit>
    </Form>
  ) : (
    <>
      <p className="fine">{t('fix.tooLate')}</p>
      <Form form={again}>
        <Submit look={look}>{t('fix.again')}</Submit>
      </Form>
    </>
  );
}
