import type { ReactNode } from 'react';
import { showable } from '#lib/branding/index.ts';
import type { Translator } from '#lib/i18n/index.ts';
import type { Account } from './account.tsx';
import { Icon, Seal } from './glyphs.tsx';
import {
  Address,
  type Division,
  Divisions,
  Form,
  type FormProps,
  Link,
  Name,
  Row,
  type Screen,
  Submit,
  speak,
  Who,
} from './parts.tsx';
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

/** What goes beside what was asked for is called found; the rest goes by its own name. */
const labels = {
  wrong_user: { user: 'label.found', place: 'label.company' },
  wrong_company: { user: 'label.signedInAs', place: 'label.found' },
  current_missing: { user: 'label.signedInAs', place: 'label.openNow' },
  not_verified: { user: 'label.signedInAs', place: 'label.company' },
} as const satisfies Record<FaultKind, unknown>;

/** What was asked for and what came, one above the other, then the rest of what Exact Online said. */
function Compared({ locale, theme, fault, asked, exactUser, company, divisions, open }: PutRightProps) {
  const { t } = speak({ locale, theme });
  const wanted = fault === 'wrong_user' ? asked.user : fault === 'wrong_company' ? asked.division : null;
  const here = fault === 'current_missing' ? open : company;
  if (!wanted && !exactUser && !here && divisions.length === 0) return null;
  const user = exactUser ? (
    <Row key="user" label={t(labels[fault].user)}>
      <Who user={exactUser} />
    </Row>
  ) : null;
  const place = here ? (
    <Row key="place" label={t(labels[fault].place)}>
      <Name>{here}</Name>
    </Row>
  ) : null;
  return (
    <dl className="panel">
      {wanted ? (
        <Row label={t('label.askedFor')}>
          <Address text={wanted} />
        </Row>
      ) : null}
      {fault === 'wrong_company' ? [place, user] : [user, place]}
      {divisions.length > 0 ? (
        <Row label={t('label.ticked')}>
          <Divisions t={t} divisions={divisions} />
        </Row>
      ) : null}
    </dl>
  );
}

function WaysOn(props: PutRightProps) {
  const { fault, locale, theme } = props;
  if (fault === 'wrong_user') return <Another {...props} />;
  if (fault === 'wrong_company') {
    return (
      <>
        <Another {...props} />
        <Ticking {...props} look="plain" />
      </>
    );
  }
  if (fault === 'current_missing') return <Ticking {...props} look="main" />;
  return (
    <div className="acts">
      <LookAgain {...props} look="main" late={speak({ locale, theme }).t('fix.tooLate')} />
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

type Look = { readonly look: 'main' | 'plain' };

/** Where administrations are ticked at Exact Online without consenting again, then one more look. Plain: second to another way on. */
function Ticking(props: PutRightProps & Look) {
  const { locale, theme, look, fault, asked, open, divisions, exactHref, check } = props;
  const { t, words } = speak({ locale, theme });
  const missing = showable((fault === 'wrong_company' ? asked.division : open) ?? '');
  return (
    <section className={look === 'main' ? 'acts' : 'sect acts'}>
      {look === 'plain' ? <h2>{t('fix.tickCompany')}</h2> : check ? <h2>{t('fix.tick')}</h2> : null}
      {check ? (
        <>
          <Picture missing={missing} ticked={divisions} />
          <ol className="count fine">
            <li>{t.rich('fix.tick1', words)}</li>
            <li>{t.rich('fix.tick2', words)}</li>
            <li>{t.rich('fix.tick3', { ...words, missing })}</li>
            <li>{t('fix.tick4')}</li>
          </ol>
          <OpenExact href={exactHref} t={t} />
        </>
      ) : null}
      <LookAgain {...props} late={t.rich('fix.tooLateTick', { ...words, missing })} />
    </section>
  );
}

/** How the list at Exact Online looks, with the line to tick. It tells the eye what the steps beside it say. */
function Picture({ missing, ticked }: { missing: string; ticked: readonly Division[] }) {
  return (
    <ul className="ticking" aria-hidden="true">
      {ticked.slice(0, 2).map(({ code, name: title }) => (
        <li key={code}>
          <Icon name="done" />
          <bdi>{showable(`${code} ${title}`, 40)}</bdi>
        </li>
      ))}
      <li className="here">
        <span className="box" />
        <bdi>{showable(missing, 40)}</bdi>
      </li>
    </ul>
  );
}

/** In a tab of its own: the reader has to come back to this one. */
function OpenExact({ href, t }: { href: string; t: Translator }) {
  return /^https?:\/\//.test(href) ? (
    <a href={href} className="btn plain" target="_blank" rel="noopener noreferrer">
      <span>
        {t('fix.open')} <span className="vh">{t('paste.newTab')}</span>
      </span>
    </a>
  ) : (
    <Link href={href}>{t('fix.open')}</Link>
  );
}

/** One more look; once that is no longer possible, why not, and consenting again, which ends with a look of its own. */
function LookAgain({ locale, theme, check, again, look, late }: PutRightProps & Look & { late: ReactNode }) {
  const { t } = speak({ locale, theme });
  return (
    <>
      {check ? null : <p className="fine">{late}</p>}
      <Form form={check ?? again}>
        <Submit look={look}>{t(check ? 'fix.check' : 'fix.again')}</Submit>
      </Form>
    </>
  );
}
