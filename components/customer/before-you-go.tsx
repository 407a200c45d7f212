import { showable } from '#lib/branding/index.ts';
import type { Locale, Translator } from '#lib/i18n/index.ts';
import { Icon } from './glyphs.tsx';
import {
  Contact,
  dayInText,
  Form,
  type FormProps,
  Link,
  OwnWords,
  Point,
  type Screen,
  Step,
  Submit,
  speak,
} from './parts.tsx';
import { ByHand } from './paste.tsx';

export const sites = ['nl', 'be', 'de', 'fr', 'es', 'uk', 'us'] as const;
export type Site = (typeof sites)[number];

/** What this customer already gave, if anything: connecting again has consequences they should know first. */
export type Standing = {
  readonly kind: 'sealed' | 'handed_over';
  readonly sealedAt: Date;
  readonly lapsesAt: Date;
  readonly who: string | null;
};

export type BeforeYouGoProps = Screen & {
  readonly site: Site;
  /** More than one: the customer chooses, and the form sends `site`. Otherwise `site` is settled. */
  readonly siteOptions?: readonly Site[];
  /** The host the customer is about to see, when it is worth checking (`start.exactonline.nl`). */
  readonly exactHost?: string | null;
  readonly standing: Standing | null;
  /** Keeps what stands; only where something does. */
  readonly keep?: FormProps | null;
  /** Exact sends the customer to this host, which is not ours, and they bring its address to `href`. */
  readonly paste?: { readonly host: string; readonly href: string } | null;
  readonly form: FormProps;
  readonly backHref: string;
};

/** The last page of ours before Exact Online's own. Its button is the one that leaves. */
export function BeforeYouGo(props: BeforeYouGoProps) {
  const { locale, theme, site, siteOptions = [], exactHost = null, standing, keep = null, paste = null } = props;
  const { form, backHref } = props;
  const { t, words } = speak({ locale, theme });
  const open = siteOptions.length > 1;
  return (
    <>
      <Step t={t} current={2} total={3} />
      <h1>{open ? t('before.headingOpen') : t('before.heading', { site: t(`site.${site}`) })}</h1>
      <p className="lead">{t(paste ? 'paste.lead' : 'before.lead')}</p>
      {standing ? <StandingNote standing={standing} t={t} locale={locale} words={words} /> : null}
      <ul className="points">
        <Point icon="user" head={t('before.user')}>
          {t('before.userText')}
        </Point>
        <Point icon="tick" head={t('before.tick')}>
          {t('before.tickText')}
        </Point>
        <Point icon="lock" head={t('before.password')}>
          {t.rich('before.passwordText', words)}
          {exactHost ? <> {t.rich('before.host', { ...words, host: showable(exactHost) })}</> : null}
        </Point>
        <Point icon="look" head={t('before.look')}>
          {t('before.lookText')}
        </Point>
      </ul>
      <OwnWords locale={locale} theme={theme} place="beforeWords" />
      {paste ? <ByHand t={t} host={paste.host} /> : null}
      <div className="acts">
        <Form form={form}>
          {open ? <SitePicker t={t} site={site} options={siteOptions} /> : null}
          <Submit>
            {t(standing ? 'before.goAgain' : 'before.go')}
            {paste ? <span className="vh">{t('paste.newTab')}</span> : null}
            <Icon name="go" />
          </Submit>
        </Form>
        {paste ? (
          <Link href={paste.href} className="btn plain">
            {t('paste.back')}
          </Link>
        ) : null}
        {keep ? (
          <Form form={keep}>
            <Submit look="plain">{t('before.keep')}</Submit>
          </Form>
        ) : null}
        {standing ? (
          <Form form={{ ...form, fields: { ...form.fields, ...(open ? { site } : {}), force_login: '1' } }}>
            <Submit look="plain">{t('before.other')}</Submit>
          </Form>
        ) : null}
        {standing ? null : (
          <Link href={backHref} className="btn plain">
            {t('before.back')}
          </Link>
        )}
      </div>
      {open ? null : <OtherCountry {...props} />}
    </>
  );
}

/** For who meets a link of another country than their own: nothing but asking helps. */
function OtherCountry({ locale, theme, site }: BeforeYouGoProps) {
  const { t, words } = speak({ locale, theme });
  return (
    <details className="fold">
      <summary>{t('before.otherCountry')}</summary>
      <p>{t.rich('before.otherCountryText', { ...words, site: t(`site.${site}`) })}</p>
      <Contact theme={theme} />
    </details>
  );
}

function SitePicker({ t, site, options }: { t: Translator; site: Site; options: readonly Site[] }) {
  return (
    <fieldset>
      <legend>{t('before.country')}</legend>
      {options.map((option) => (
        <label className="pick" key={option}>
          <input type="radio" name="site" value={option} defaultChecked={option === site} required={true} />
          {t(`site.${option}`)}
        </label>
      ))}
    </fieldset>
  );
}

function StandingNote(props: {
  standing: Standing;
  t: Translator;
  locale: Locale;
  words: ReturnType<typeof speak>['words'];
}) {
  const { standing, t, locale, words } = props;
  const date = dayInText(standing.sealedAt, locale);
  const until = dayInText(standing.lapsesAt, locale);
  const who = showable(standing.who ?? '');
  const sealed = standing.kind === 'sealed';
  const values = { ...words, date, until, who };
  return (
    <section className="note" aria-labelledby="standing">
      <Icon name="mind" />
      <div>
        <h2 id="standing">{t(sealed ? 'before.sealedAlready' : 'before.inUse')}</h2>
        <p>
          {sealed
            ? t.rich(who ? 'before.sealedAlreadyWho' : 'before.sealedAlreadyText', values)
            : t.rich(who ? 'before.inUseWho' : 'before.inUseText', values)}
        </p>
      </div>
    </section>
  );
}
