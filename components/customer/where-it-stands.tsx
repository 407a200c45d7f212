import { Seal } from './glyphs.tsx';
import { type AccessState, looksOf } from './my-access.tsx';
import { contactOf, dayInText, Link, type Screen, speak } from './parts.tsx';

export type WhereItStandsProps = Screen & {
  readonly state: AccessState;
  readonly lapsesAt: Date;
  /** The customer's lasting page, for the browser that connected. Null for all others: the link may be in other hands. */
  readonly ownHref: string | null;
};

/** What a link that was used leads to once more has happened: where it stands now, nobody's name, and one way on. */
export function WhereItStands({ locale, theme, state, lapsesAt, ownHref }: WhereItStandsProps) {
  const { t, words, partner } = speak({ locale, theme });
  const contact = contactOf(theme);
  return (
    <>
      <div className="hero">
        <Seal {...looksOf[state]} />
        <p className="eyebrow">{t.rich('access.eyebrow', words)}</p>
        <h1>{t(`access.${state}`)}</h1>
        <p className="lead">{t.rich(`access.${state}Text`, { ...words, until: dayInText(lapsesAt, locale) })}</p>
      </div>
      <section className="acts">
        <h2>{t('problem.todo')}</h2>
        <p>{ownHref ? t('now.own') : t.rich('now.other', words)}</p>
        {ownHref ? (
          <Link href={ownHref} className="btn main">
            {t('now.ownPage')}
          </Link>
        ) : null}
        {contact && !ownHref ? (
          <Link href={contact} className="btn main">
            {t('problem.contact', { partner })}
          </Link>
        ) : null}
      </section>
    </>
  );
}
