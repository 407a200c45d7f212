import { Icon, Seal } from './glyphs.tsx';
import { Link, type Screen, speak } from './parts.tsx';

export type WaitingProps = Screen & {
  /** This very page, to look again. */
  readonly href: string;
  /** The page goes on by itself as soon as there is more to tell; false: it is the reader who looks again. */
  readonly movesOn: boolean;
};

/** Between the customer's return and the answer. Nothing is lost by waiting or leaving. */
export function Waiting({ locale, theme, href, movesOn }: WaitingProps) {
  const { t } = speak({ locale, theme });
  return (
    <>
      <div className="hero" role="status">
        <Seal mark={movesOn ? 'dots' : 'clock'} tone="brand" />
        <h1>{t('waiting.heading')}</h1>
        <p className="lead">{t(movesOn ? 'waiting.lead' : 'waiting.leadStill')}</p>
      </div>
      <Link href={href} className={movesOn ? 'btn plain' : 'btn main'}>
        {t('waiting.look')}
      </Link>
    </>
  );
}

/** The permission is safe; Exact Online is still being asked who gave it. Three lines, two of them done. */
export function Checking({ locale, theme, href, movesOn }: WaitingProps) {
  const { t } = speak({ locale, theme });
  const lines = [
    { name: t('waiting.signedIn'), done: true },
    { name: t('waiting.sealed'), done: true },
    { name: t('waiting.looking'), done: false },
  ];
  return (
    <>
      <div className="hero" role="status">
        <Seal mark={movesOn ? 'dots' : 'clock'} tone="brand" />
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
      <Link href={href} className={movesOn ? 'btn plain' : 'btn main'}>
        {t('waiting.look')}
      </Link>
    </>
  );
}
