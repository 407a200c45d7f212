import type { ReactNode } from 'react';
import { type ResolvedTheme, showable, themeCss } from '#lib/branding/index.ts';
import { type Locale, translatorFor } from '#lib/i18n/index.ts';
import { SealGlyph } from './glyphs.tsx';
import { Link } from './parts.tsx';
import { styles } from './styles.ts';
import { Tell, type Telling } from './tell.tsx';

export type LanguageLink = {
  readonly locale: Locale;
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
};

export type CustomerDocumentProps = {
  readonly lang: Locale;
  readonly title: string;
  readonly nonce: string;
  readonly theme: ResolvedTheme;
  readonly languages: readonly LanguageLink[];
  readonly children: ReactNode;
  /** True when Exact Online is simulated: every page says so. */
  readonly demo?: boolean;
  /** Whom the page tells what, when it was opened by a partner's button. */
  readonly telling?: Telling | null;
};

/** The whole page: no script but the one line that tells the opener, one style element under the response's nonce, nothing fetched but the partner's logo. */
export function CustomerDocument({
  lang,
  title,
  nonce,
  theme,
  languages,
  children,
  demo = false,
  telling = null,
}: CustomerDocumentProps) {
  return (
    <html lang={lang}>
      {/* biome-ignore lint/style/noHeadElement: no framework renders this page; it is the document itself. */}
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{showable(title, 160)}</title>
        <style nonce={nonce}>{themeCss(theme) + styles}</style>
      </head>
      <body>
        <CustomerBody lang={lang} theme={theme} languages={languages} demo={demo}>
          {children}
        </CustomerBody>
        {telling ? <Tell nonce={nonce} telling={telling} /> : null}
      </body>
    </html>
  );
}

/** What is seen of the page; a preview draws it by itself. */
export function CustomerBody({
  lang,
  theme,
  languages,
  demo = false,
  children,
}: Pick<CustomerDocumentProps, 'lang' | 'theme' | 'languages' | 'demo' | 'children'>) {
  return (
    <>
      {demo ? <aside className="demo">{translatorFor(lang)('page.demo')}</aside> : null}
      <div className="frame">
        <header className="top">
          <Brand theme={theme} />
          <Languages lang={lang} languages={languages} />
        </header>
        <main>{children}</main>
        <Foot lang={lang} theme={theme} />
      </div>
    </>
  );
}

export function Logo({ theme, alt }: { theme: ResolvedTheme; alt: string }) {
  const { logoUrl, logoDarkUrl } = theme;
  if (!logoUrl)
    return (
      <span className="mono" aria-hidden="true">
        {theme.initials}
      </span>
    );
  if (!logoDarkUrl) return <Picture src={logoUrl} alt={alt} />;
  return (
    <picture>
      <source srcSet={logoDarkUrl} media="(prefers-color-scheme:dark)" />
      <Picture src={logoUrl} alt={alt} className="both" />
    </picture>
  );
}

function Picture({ src, alt, className }: { src: string; alt: string; className?: string }) {
  // biome-ignore lint/performance/noImgElement: no framework, so no image component either.
  return <img src={src} alt={alt} className={className} height="40" referrerPolicy="no-referrer" />;
}

function Brand({ theme }: { theme: ResolvedTheme }) {
  const partner = showable(theme.displayName);
  return (
    <div className="brand">
      <Logo theme={theme} alt={partner} />
      {theme.logoUrl ? null : <bdi>{partner}</bdi>}
    </div>
  );
}

function Languages({ lang, languages }: { lang: Locale; languages: readonly LanguageLink[] }) {
  if (languages.length < 2) return null;
  return (
    <nav className="langs" aria-label={translatorFor(lang)('page.language')}>
      {languages.map(({ locale, label, href, current }) =>
        current ? (
          <b key={locale} lang={locale} aria-current="true">
            {code(locale)}
            <span className="vh">{label}</span>
          </b>
        ) : (
          <a key={locale} lang={locale} hrefLang={locale} href={href} title={label}>
            {code(locale)}
            <span className="vh">{label}</span>
          </a>
        ),
      )}
    </nav>
  );
}

/** Five names do not fit beside a brand: the code is seen, the name is read out. */
const code = (locale: Locale) => <i aria-hidden="true">{locale.toUpperCase()}</i>;

function Foot({ lang, theme }: { lang: Locale; theme: ResolvedTheme }) {
  const t = translatorFor(lang);
  const links = [
    {
      label: t('page.support'),
      href: theme.supportUrl ?? (theme.supportEmail ? `mailto:${theme.supportEmail}` : null),
    },
    { label: t('page.privacy'), href: theme.privacyUrl },
    { label: t('page.terms'), href: theme.termsUrl },
  ].flatMap(({ label, href }) => (href ? [{ label, href }] : []));
  return (
    <footer className="foot">
      <span className="by">
        <SealGlyph size={18} />
        {t('page.sealedBy')}
      </span>
      {links.length > 0 ? (
        <ul>
          {links.map(({ label, href }) => (
            <li key={href}>
              <Link href={href}>{label}</Link>
            </li>
          ))}
        </ul>
      ) : null}
    </footer>
  );
}
