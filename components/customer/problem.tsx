import { showable } from '#lib/branding/index.ts';
import { type Pressed, Seal, type Tone } from './glyphs.tsx';
import { Back, Contact, contactOf, Form, type FormProps, Link, type Screen, Submit, speak } from './parts.tsx';

const looks = {
  link_unknown: { mark: 'mind', tone: 'quiet' },
  link_lapsed: { mark: 'clock', tone: 'quiet' },
  link_withdrawn: { mark: 'minus', tone: 'quiet' },
  other_browser: { mark: 'mind', tone: 'warn' },
  other_tab: { mark: 'mind', tone: 'quiet' },
  request_lapsed: { mark: 'clock', tone: 'warn' },
  denied: { mark: 'minus', tone: 'quiet' },
  declined: { mark: 'minus', tone: 'quiet' },
  code_too_old: { mark: 'clock', tone: 'warn' },
  exchange_refused: { mark: 'mind', tone: 'warn' },
  exchange_unknown: { mark: 'mind', tone: 'warn' },
  provider_down: { mark: 'mind', tone: 'warn' },
  app_not_ready: { mark: 'clock', tone: 'quiet' },
  not_saved: { mark: 'mind', tone: 'bad' },
  too_large_or_odd: { mark: 'mind', tone: 'bad' },
  page_stale: { mark: 'clock', tone: 'warn' },
  our_side: { mark: 'mind', tone: 'warn' },
  site_not_offered: { mark: 'mind', tone: 'quiet' },
  site_changed_often: { mark: 'mind', tone: 'quiet' },
} as const satisfies Record<string, { mark: Pressed; tone: Tone }>;

export type ProblemKind = keyof typeof looks;
export const problemKinds = Object.keys(looks) as readonly ProblemKind[];

export type ProblemProps = Screen & {
  readonly kind: ProblemKind;
  /** Short, for the customer to read out and the partner to look up. */
  readonly code: string;
  /** The way on. Null: the partner's contact becomes the action. */
  readonly retry: { readonly href: string; readonly label: string } | FormProps | null;
  /** Lets the reader say no for good, after a no at Exact Online. */
  readonly decline?: FormProps | null;
  /** Where what they gave before is shown, if they did. */
  readonly earlierHref?: string | null;
  /** For whoever declined: where they may go on at the partner's. */
  readonly returnUrl?: string | null;
  /** What is still to be done about a link that came too late: have a new one mailed (`retry` asks for it), or press the button it came from. */
  readonly wayOn?: 'mail' | 'button' | null;
  /** Nobody is named: whose link it was is not known, or not told to this reader. */
  readonly unnamed?: boolean;
};

/**
 * One sentence of what happened, one thing to do, who else can help, a code to mention. For a link we do not know pass
 * `houseTheme`: the page then tells a guesser nothing, not even whose links these are.
 */
export function Problem(props: ProblemProps) {
  const { locale, theme, kind, code, decline = null, earlierHref = null, returnUrl = null, wayOn = null } = props;
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal {...looks[kind]} />
        <h1>{t.rich(`problem.${kind}.heading`, words)}</h1>
        <p className="lead">{t.rich(`problem.${kind}.what`, words)}</p>
      </div>
      <section className="acts">
        <h2>{t('problem.todo')}</h2>
        <p>{t.rich(todoOf(props), words)}</p>
        {wayOn === 'button' ? null : <WayOn {...props} />}
        {earlierHref ? (
          <Link href={earlierHref} className="btn plain">
            {t('problem.earlier')}
          </Link>
        ) : null}
        <Back locale={locale} theme={theme} href={returnUrl} look="plain" />
        {decline ? (
          <>
            <Form form={decline}>
              <Submit look="plain">{t('problem.decline')}</Submit>
            </Form>
            <p className="fine">{t.rich('problem.declineText', words)}</p>
          </>
        ) : null}
      </section>
      <Help locale={locale} theme={theme} code={code} unknown={isUnnamed(props)} />
    </>
  );
}

/** Who else can help, and the code by which they find what happened. `unknown`: nobody may be named. */
export function Help({ locale, theme, code, unknown = false }: Screen & { code: string; unknown?: boolean }) {
  const { t, words } = speak({ locale, theme });
  const shown = showable(code, 40);
  return (
    <section className="sect">
      <h2>{t('problem.help')}</h2>
      <p>{unknown ? t('problem.helpSender') : t.rich('problem.helpPartner', words)}</p>
      {unknown ? null : <Contact theme={theme} subject={t('problem.mailSubject', { code: shown })} />}
      <p className="code">{t.rich('problem.code', { ...words, code: shown })}</p>
    </section>
  );
}

const todos = { mail: 'newLink.offer', button: 'newLink.embed' } as const;

/** Whoever came back elsewhere and has no form here is told which link to open. */
function todoOf({ kind, retry, wayOn = null }: ProblemProps) {
  if (wayOn) return todos[wayOn];
  return kind === 'other_browser' && !retry ? ('problem.byLink' as const) : (`problem.${kind}.todo` as const);
}

const isUnnamed = ({ kind, unnamed = kind === 'link_unknown' }: ProblemProps): boolean => unnamed;

function WayOn(props: ProblemProps) {
  const { locale, theme, kind, code, retry, wayOn = null } = props;
  const { t, partner } = speak({ locale, theme });
  if (retry && 'href' in retry) {
    return (
      <Link href={retry.href} className="btn main">
        {showable(retry.label, 60)}
      </Link>
    );
  }
  if (retry) {
    return (
      <Form form={retry}>
        <Submit>{t(wayOn === 'mail' ? 'newLink.button' : `problem.${kind}.action`)}</Submit>
      </Form>
    );
  }
  const contact = isUnnamed(props) ? null : contactOf(theme, t('problem.mailSubject', { code: showable(code, 40) }));
  return contact ? (
    <Link href={contact} className="btn main">
      {t('problem.contact', { partner })}
    </Link>
  ) : null;
}
