import { Seal } from './glyphs.tsx';
import { Contact, type Screen, speak } from './parts.tsx';

/** What whoever asked for a new link reads, whether one was sent just now or not: it tells nothing about an address. */
export function NewLinkAsked({ locale, theme }: Screen) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="pass" tone="brand" />
        <h1>{t('newLink.heading')}</h1>
        <p className="lead">{t.rich('newLink.lead', words)}</p>
      </div>
      <p className="fine">{t('newLink.look')}</p>
      <section className="sect">
        <h2>{t('problem.help')}</h2>
        <p>{t.rich('problem.helpPartner', words)}</p>
        <Contact theme={theme} />
      </section>
    </>
  );
}
