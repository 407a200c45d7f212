import { showable } from '#lib/branding/index.ts';
import { type Account, AccountRows, Doubt } from './account.tsx';
import { Seal } from './glyphs.tsx';
import { Address, Form, type FormProps, Row, type Screen, Submit, speak } from './parts.tsx';

export type ConfirmAccountProps = Screen &
  Account & {
    /** Whom and what the partner asked for, as they wrote it: it is what came. */
    readonly asked: { readonly user: string | null; readonly division: string | null };
    /** Whether the partner may only use it after a yes; otherwise silence changes nothing. */
    readonly required: boolean;
    readonly yes: FormProps;
    /** Leaves for Exact Online once more, to sign in as somebody else. */
    readonly other: FormProps;
    /** Asks the partner to look first. Null: they look anyway. */
    readonly doubt: FormProps | null;
  };

/** *Is this right?* Asked once the permission is safe, so that nothing is lost whatever the answer. */
export function ConfirmAccount(props: ConfirmAccountProps) {
  const { locale, theme, asked, required, yes, other, doubt } = props;
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="look" tone="brand" />
        <h1>{t('confirm.heading')}</h1>
        <p className="lead">{required ? t.rich('confirm.leadRequired', words) : t('confirm.lead')}</p>
      </div>
      <dl className="panel">
        {asked.user || asked.division ? (
          <Row label={t('label.askedFor')}>
            {asked.user ? <Address text={asked.user} /> : null}
            {asked.user && asked.division ? <br /> : null}
            {asked.division ? t('confirm.administration', { code: showable(asked.division) }) : null}
          </Row>
        ) : null}
        <AccountRows {...props} now />
      </dl>
      <div className="acts">
        <Form form={yes}>
          <Submit>{t('confirm.yes')}</Submit>
        </Form>
        <Form form={other}>
          <Submit look="plain">{t('confirm.other')}</Submit>
        </Form>
        <p className="fine">{t('confirm.otherText')}</p>
      </div>
      <Doubt locale={locale} theme={theme} asks={t('confirm.unsure')} doubt={doubt} />
    </>
  );
}
