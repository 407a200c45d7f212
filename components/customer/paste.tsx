import type { Messages, Translator } from '#lib/i18n/index.ts';
import { Icon } from './glyphs.tsx';
import { Address, Form, type FormProps, Link, type Screen, Step, Submit, speak } from './parts.tsx';

/** What can be wrong with what was pasted; each has its sentence. */
export type PasteWrong = keyof Messages['paste']['wrong'];

export type PasteProps = Screen & {
  /** Where Exact sends the customer: a page of somebody else's. */
  readonly redirectUri: string;
  readonly wrong: PasteWrong | null;
  readonly form: FormProps;
  /** Back to where one leaves for Exact; null when that is over. */
  readonly backHref: string | null;
};

/** Said before the customer leaves: where they will land, and what they bring back. */
export function ByHand({ t, host }: { t: Translator; host: string }) {
  const where = () => (
    <b>
      <Address text={host} />
    </b>
  );
  return (
    <section className="note" aria-labelledby="by-hand">
      <Icon name="mind" />
      <div>
        <h2 id="by-hand">{t('paste.heading')}</h2>
        <ol className="count">
          <li>{t.rich('paste.land', { host, b: where })}</li>
          <li>{t('paste.copy')}</li>
          <li>{t('paste.bring')}</li>
        </ol>
        <HowTo t={t} />
      </div>
    </section>
  );
}

function HowTo({ t }: { t: Translator }) {
  return (
    <details className="more">
      <summary>{t('paste.how')}</summary>
      <p>{t('paste.computer')}</p>
      <p>{t('paste.phone')}</p>
    </details>
  );
}

/** The last resort: one field for the address of the page where the customer landed. It never shows what was in it. */
export function Paste({ locale, theme, redirectUri, wrong, form, backHref }: PasteProps) {
  const { t } = speak({ locale, theme });
  const said = wrong ? 'wrong address-hint' : 'address-hint';
  return (
    <>
      <Step t={t} current={3} total={3} />
      <h1>{t('paste.title')}</h1>
      <p className="lead">{t('paste.what')}</p>
      {wrong ? (
        <section className="note" role="alert">
          <Icon name="mind" />
          <p id="wrong">{t(`paste.wrong.${wrong}`)}</p>
        </section>
      ) : null}
      <div className="acts">
        <Form form={form}>
          <label htmlFor="address">{t('paste.field')}</label>
          <p id="address-hint" className="fine">
            {t('paste.starts')}{' '}
            <span className="address">
              <Address text={redirectUri} />
            </span>
          </p>
          <input
            id="address"
            name="address"
            type="text"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the page is this one field, and its label and hint are read out with it.
            autoFocus={true}
            aria-describedby={said}
            aria-invalid={wrong !== null}
          />
          <Submit>{t('paste.finish')}</Submit>
        </Form>
        {backHref ? (
          <Link href={backHref} className="btn plain">
            {t('paste.notThere')}
          </Link>
        ) : null}
      </div>
      <section className="sect">
        <p>{t('paste.limit')}</p>
        <HowTo t={t} />
      </section>
    </>
  );
}
