import {
  type Division,
  Divisions,
  type ExactUser,
  Form,
  type FormProps,
  Name,
  Row,
  type Screen,
  Submit,
  speak,
  unmarked,
  Who,
} from './parts.tsx';

export type Account = {
  readonly exactUser: ExactUser | null;
  readonly company: string | null;
  readonly divisions: readonly Division[];
};

/** `now`: the look was a moment ago, so which administration is open is still true. */
type AccountRowsProps = Screen & Account & { readonly now?: boolean };

/** Who signed in and what they shared, as far as Exact Online said so: rows of a list of facts. */
export function AccountRows({ locale, theme, exactUser, company, divisions, now = false }: AccountRowsProps) {
  const { t } = speak({ locale, theme });
  return (
    <>
      {exactUser ? (
        <Row label={t('label.signedInAs')}>
          <Who user={exactUser} />
        </Row>
      ) : null}
      {company ? (
        <Row label={t('label.company')}>
          <Name>{company}</Name>
        </Row>
      ) : null}
      {divisions.length > 0 ? (
        <Row label={t('label.administrations')}>
          <Divisions t={t} divisions={now ? divisions : divisions.map(unmarked)} />
        </Row>
      ) : null}
    </>
  );
}

/** Lets the reader have the partner look first; folded away, because most have no doubt. */
export function Doubt({ locale, theme, asks, doubt }: Screen & { asks: string; doubt: FormProps | null }) {
  const { t, words, partner } = speak({ locale, theme });
  return doubt ? (
    <details className="fold">
      <summary>{asks}</summary>
      <p>{t.rich('done.doubtText', words)}</p>
      <Form form={doubt}>
        <Submit look="plain">{t('done.doubtButton', { partner })}</Submit>
      </Form>
    </details>
  ) : null;
}
