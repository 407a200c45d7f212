import { Fragment, type ReactNode } from 'react';
import { mostWords, type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, type Locale, type Translator, translatorFor } from '#lib/i18n/index.ts';
import { Icon, type LineIcon } from './glyphs.tsx';

/** A request the page makes: always a POST, always with the value that proves our own page sent it. */
export type FormProps = {
  readonly action: string;
  readonly csrf: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Its answer opens beside this page, which knows nothing of it. */
  readonly newTab?: boolean;
};

export type ExactUser = { readonly fullName: string; readonly userName: string };
/** An administration; `current`: the one that is open at Exact Online. */
export type Division = { readonly code: number; readonly name: string; readonly current?: boolean };

/** What every screen is told. */
export type Screen = { readonly locale: Locale; readonly theme: ResolvedTheme };

/** What every screen needs of that: its words, the partner's name, and the two tags that sentences may use. */
export function speak({ locale, theme }: Screen): {
  t: Translator;
  words: { partner: string; n: typeof name; b: typeof strong };
  partner: string;
} {
  const partner = showable(theme.displayName);
  return { t: translatorFor(locale), partner, words: { partner, n: name, b: strong } };
}

// <bdi>: a name written right to left must not rearrange the sentence around it.
const name = (chunks: ReactNode) => <bdi>{chunks}</bdi>;
const strong = (chunks: ReactNode) => <b>{chunks}</b>;

export function Name({ children }: { children: string }) {
  return <bdi>{showable(children)}</bdi>;
}

/** An address in a narrow place breaks where its parts end, not within a word. */
export function Address({ text }: { text: string }) {
  const parts = showable(text, 400).split(/(?<=[@./?&=-])/);
  return (
    <bdi>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, never reordered
        <Fragment key={at}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </bdi>
  );
}

export function Form({ form, children }: { form: FormProps; children: ReactNode }) {
  return (
    <form method="post" action={form.action} {...(form.newTab ? { target: '_blank', rel: 'noopener' } : {})}>
      <input type="hidden" name="csrf" value={form.csrf} />
      {Object.entries(form.fields ?? {}).map(([field, value]) => (
        <input key={field} type="hidden" name={field} value={value} />
      ))}
      {children}
    </form>
  );
}

export function Submit({ children, look = 'main' }: { children: ReactNode; look?: 'main' | 'plain' | 'grave' }) {
  return (
    <button type="submit" className={`btn ${look}`}>
      {children}
    </button>
  );
}

/** A link that goes where a page or a mailbox is. Anything else (a scheme we did not expect) is shown as words only. */
export function Link({ href, className, children }: { href: string; className?: string; children: ReactNode }) {
  const goesSomewhere = /^(?:https?:\/\/|mailto:|\/(?![/\\])|\?|#)/i.test(href);
  return goesSomewhere ? (
    <a href={href} className={className}>
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
}

/**
 * The way back to the partner, where the invitation named one. A page that was opened by another takes it away again
 * (`tell.tsx`): there the partner's page is still open behind it.
 */
export function Back({ locale, theme, href, look }: Screen & { href: string | null; look: 'main' | 'plain' }) {
  if (href === null) return null;
  const { t, words } = speak({ locale, theme });
  return (
    <p className="back">
      <Link href={href} className={`btn ${look}`}>
        <span>{t.rich('page.back', words)}</span>
      </Link>
    </p>
  );
}

/** The partner's own words in a place that is theirs, and marked so: nothing of ours is replaced by them. */
export function OwnWords({ locale, theme, place }: Screen & { place: 'beforeWords' | 'doneWords' }) {
  const own = theme[place]?.[locale];
  if (!own) return null;
  const { t, words } = speak({ locale, theme });
  return (
    <div className="said">
      <p className="fine">{t.rich('brand.adds', words)}</p>
      <p>
        <bdi>{showable(own, mostWords[place])}</bdi>
      </p>
    </div>
  );
}

export function Step({ t, current, total }: { t: Translator; current: number; total: number }) {
  const starts = Array.from({ length: total }, (_, index) => index * 28);
  return (
    <p className="step">
      <svg viewBox={`0 0 ${total * 28 - 4} 4`} width={total * 28 - 4} height="4" aria-hidden="true" focusable="false">
        {starts.map((start, index) => (
          <rect key={start} className={index < current ? 'on' : 'off'} x={start} width="24" height="4" rx="2" />
        ))}
      </svg>
      {t('page.step', { current, total })}
    </p>
  );
}

/** A point with an icon, a short head and a sentence. */
export function Point({ icon, head, children }: { icon: LineIcon; head: ReactNode; children: ReactNode }) {
  return (
    <li>
      <Icon name={icon} />
      <div>
        <h2>{head}</h2>
        <p>{children}</p>
      </div>
    </li>
  );
}

export function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A date within a sentence: the day stays with its month. */
export const dayInText = (at: Date, locale: Locale): string => formatDate(at, locale).replace(' ', '\u00a0');
export const momentInText = (at: Date, locale: Locale): string => formatDateTime(at, locale).replace(' ', '\u00a0');

export function Day({ at, locale }: { at: Date; locale: Locale }) {
  return <time dateTime={at.toISOString()}>{formatDate(at, locale)}</time>;
}

export function Moment({ at, locale }: { at: Date; locale: Locale }) {
  return <time dateTime={at.toISOString()}>{formatDateTime(at, locale)}</time>;
}

export function Who({ user }: { user: ExactUser }) {
  const full = showable(user.fullName);
  const login = showable(user.userName);
  return (
    <>
      <bdi>{full || login}</bdi>
      {full && login && full !== login ? (
        <small>
          <Address text={login} />
        </small>
      ) : null}
    </>
  );
}

// An accountant may connect hundreds: the first few in sight, some more on request, the rest as a number.
const IN_SIGHT = 5;
const ON_REQUEST = 60;

function DivisionList({ t, divisions }: { t: Translator; divisions: readonly Division[] }) {
  return (
    <ul className="divisions">
      {divisions.map(({ code, name: title, current }) => (
        <li key={code}>
          <span>
            <bdi>{showable(title, 80)}</bdi>
            {current ? <small>{t('label.isOpen')}</small> : null}
          </span>{' '}
          <small>{code}</small>
        </li>
      ))}
    </ul>
  );
}

/** An administration, whether it is open or not. */
export const unmarked = ({ code, name: title }: Division): Division => ({ code, name: title });
const openFirst = (one: Division, other: Division) => Number(other.current ?? false) - Number(one.current ?? false);

/** Where there are more than one, the open one comes first, and says so. */
export function Divisions({ t, divisions: all }: { t: Translator; divisions: readonly Division[] }) {
  const divisions = all.length === 1 ? all.map(unmarked) : [...all].sort(openFirst);
  const later = divisions.slice(IN_SIGHT, IN_SIGHT + ON_REQUEST);
  const unlisted = divisions.length - IN_SIGHT - later.length;
  return (
    <>
      <DivisionList t={t} divisions={divisions.slice(0, IN_SIGHT)} />
      {later.length > 0 ? (
        <details className="more">
          <summary>{t('label.more', { count: divisions.length - IN_SIGHT })}</summary>
          <DivisionList t={t} divisions={later} />
          {unlisted > 0 ? <p>{t('label.unlisted', { count: unlisted })}</p> : null}
        </details>
      ) : null}
    </>
  );
}

/** Where the partner can be reached, best first: their help page, then their mailbox. */
export function contactOf(theme: ResolvedTheme, subject?: string): string | null {
  if (theme.supportEmail) {
    const about = subject === undefined ? '' : `?subject=${encodeURIComponent(subject)}`;
    return `mailto:${theme.supportEmail}${about}`;
  }
  return theme.supportUrl;
}

export function Contact({ theme, subject }: { theme: ResolvedTheme; subject?: string }) {
  const { supportEmail, supportUrl } = theme;
  if (!supportEmail && !supportUrl) return null;
  return (
    <ul className="contact">
      {supportEmail ? (
        <li>
          <Link
            href={`mailto:${supportEmail}${subject === undefined ? '' : `?subject=${encodeURIComponent(subject)}`}`}
          >
            {supportEmail}
          </Link>
        </li>
      ) : null}
      {supportUrl ? (
        <li>
          <Link href={supportUrl}>{supportUrl.replace(/^https:\/\//, '').replace(/\/$/, '')}</Link>
        </li>
      ) : null}
    </ul>
  );
}
