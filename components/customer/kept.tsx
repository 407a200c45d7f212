import { Seal } from './glyphs.tsx';
import { type Screen, speak } from './parts.tsx';

/** The customer keeps what they gave before; nothing was done. */
export function Kept({ locale, theme }: Screen) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="tick" tone="brand" />
        <h1>{t('kept.heading')}</h1>
        <p className="lead">{t.rich('kept.lead', words)}</p>
      </div>
      <p>{t('kept.next')}</p>
    </>
  );
}
