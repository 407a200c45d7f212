import { Seal } from './glyphs.tsx';
import { Back, type Screen, speak } from './parts.tsx';

/** The customer keeps what they gave before; nothing was done. */
export function Kept({ locale, theme, returnUrl }: Screen & { returnUrl: string | null }) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="tick" tone="brand" />
        <h1>{t('kept.heading')}</h1>
        <p className="lead">{t.rich('kept.lead', words)}</p>
      </div>
      <p>{t('kept.next')}</p>
      <Back locale={locale} theme={theme} href={returnUrl} look="main" />
    </>
  );
}
