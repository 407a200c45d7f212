import { Seal } from './glyphs.tsx';
import { Form, type FormProps, Link, momentInText, type Screen, Submit, speak } from './parts.tsx';

/** Asks before the reminders end: a scanner that follows the link of a mail presses nothing. */
export function StopReminders({ locale, theme, form }: Screen & { readonly form: FormProps }) {
  const { t } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="clock" tone="quiet" />
        <h1>{t('stop.heading')}</h1>
        <p className="lead">{t('stop.lead')}</p>
      </div>
      <div className="acts">
        <Form form={form}>
          <Submit>{t('stop.button')}</Submit>
        </Form>
      </div>
    </>
  );
}

export type RemindersStoppedProps = Screen & {
  /** The request as long as its link works; null when it does not any more. */
  readonly request: { readonly href: string; readonly until: Date } | null;
};

/** No reminder comes any more; what they were about is as it was. */
export function RemindersStopped({ locale, theme, request }: RemindersStoppedProps) {
  const { t, words } = speak({ locale, theme });
  return (
    <>
      <div className="hero">
        <Seal mark="tick" tone="quiet" />
        <h1>{t('stop.doneHeading')}</h1>
        <p className="lead">{t.rich('stop.doneLead', words)}</p>
      </div>
      {request ? (
        <section className="acts">
          <p>{t('stop.open', { until: momentInText(request.until, locale) })}</p>
          <Link href={request.href} className="btn plain">
            {t('stop.view')}
          </Link>
        </section>
      ) : null}
    </>
  );
}
