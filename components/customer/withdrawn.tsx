import { showable } from '#lib/branding/index.ts';
import { Icon, Seal } from './glyphs.tsx';
import { Form, type FormProps, Link, momentInText, type Screen, Submit, speak } from './parts.tsx';

export type WithdrawConfirmProps = Screen & {
  readonly customerName: string;
  readonly form: FormProps;
  readonly backHref: string;
};

/** The second look before something that cannot be undone. */
export function WithdrawConfirm({ locale, theme, customerName, form, backHref }: WithdrawConfirmProps) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="mind" tone="bad" />
        <h1>{t('withdraw.heading')}</h1>
        <p className="lead">{t('withdraw.lead')}</p>
      </div>
      <ul className="points">
        <li>
          <Icon name="seal" />
          <p>{t.rich('withdraw.point1', { ...words, customer: showable(customerName) })}</p>
        </li>
        <li>
          <Icon name="stop" />
          <p>{t.rich('withdraw.point2', words)}</p>
        </li>
        <li>
          <Icon name="list" />
          <p>{t('withdraw.point3')}</p>
        </li>
      </ul>
      <div className="acts">
        <Form form={form}>
          <Submit look="grave">{t('withdraw.yes')}</Submit>
        </Form>
        <Link href={backHref} className="btn plain">
          {t('withdraw.no')}
        </Link>
      </div>
    </>
  );
}

export type WithdrawnProps = Screen & {
  readonly withdrawnAt: Date;
  readonly connectAgain: FormProps | null;
  readonly exactSecurityHref: string;
};

export function Withdrawn({ locale, theme, withdrawnAt, connectAgain, exactSecurityHref }: WithdrawnProps) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="broken" tone="quiet" />
        <h1>{t('withdraw.doneHeading')}</h1>
        <p className="lead">{t.rich('withdraw.doneLead', { ...words, at: momentInText(withdrawnAt, locale) })}</p>
      </div>
      <div>
        <p className="fine">{t('withdraw.doneSecurity')}</p>
        <p className="links">
          <Link href={exactSecurityHref}>{t('access.revokeLink')}</Link>
        </p>
      </div>
      {connectAgain ? (
        <section className="sect">
          <h2>{t('withdraw.again')}</h2>
          <Form form={connectAgain}>
            <Submit look="plain">{t('access.again')}</Submit>
          </Form>
        </section>
      ) : null}
    </>
  );
}
