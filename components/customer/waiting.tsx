import { Seal } from './glyphs.tsx';
import { Link, type Screen, speak } from './parts.tsx';

export type WaitingProps = Screen & {
  /** This very page: for those whose browser does not reload by itself. */
  readonly href: string;
  /** Null: stop reloading and let the reader decide. Give it null after about a minute. */
  readonly reloadSeconds: number | null;
};

/** Between the customer's return and the answer. The page asks again by itself; nothing is lost by waiting or leaving. */
export function Waiting({ locale, theme, href, reloadSeconds }: WaitingProps) {
  const { t } = speak({ locale, theme });
  return (
    <>
      {/* React moves this into the head. Not a time limit: nothing ends and nothing typed is lost. */}
      {reloadSeconds === null ? null : <meta httpEquiv="refresh" content={String(reloadSeconds)} />}
      <div className="hero" role="status">
        <Seal mark={reloadSeconds === null ? 'clock' : 'dots'} tone="brand" />
        <h1>{t('waiting.heading')}</h1>
        <p className="lead">{t(reloadSeconds === null ? 'waiting.leadStill' : 'waiting.lead')}</p>
      </div>
      <Link href={href} className={reloadSeconds === null ? 'btn main' : 'btn plain'}>
        {t('waiting.look')}
      </Link>
    </>
  );
}
