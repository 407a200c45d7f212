import { Icon, Seal } from './glyphs.tsx';
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

/** The permission is safe; Exact Online is still being asked who gave it. Three lines, two of them done. */
export function Checking({ locale, theme, href, reloadSeconds }: WaitingProps) {
  const { t } = speak({ locale, theme });
  const lines = [
    { name: t('waiting.signedIn'), done: true },
    { name: t('waiting.sealed'), done: true },
    { name: t('waiting.looking'), done: false },
  ];
  return (
    <>
      {reloadSeconds === null ? null : <meta httpEquiv="refresh" content={String(reloadSeconds)} />}
      <div className="hero" role="status">
        <Seal mark="dots" tone="brand" />
        <h1>{t('waiting.checking')}</h1>
        <p className="lead">{t('waiting.checkingLead')}</p>
      </div>
      <ul className="panel ticks">
        {lines.map(({ name, done }) => (
          <li key={name} className={done ? 'done' : 'busy'}>
            {done ? <Icon name="done" /> : <span className="dot" aria-hidden="true" />}
            <span>{name}</span>
            <span className="vh">: {t(done ? 'waiting.ready' : 'waiting.busy')}</span>
          </li>
        ))}
      </ul>
      <Link href={href} className="btn plain">
        {t('waiting.look')}
      </Link>
    </>
  );
}
