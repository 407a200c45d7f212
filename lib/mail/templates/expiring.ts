import { houseTheme, showable } from '#lib/branding/index.ts';
import { formatDateTime, formatDuration } from '#lib/i18n/index.ts';
import { type Mail, writeLetter } from './letter.ts';

export type ExpiringMailInput = {
  readonly partner: string;
  readonly sandbox: boolean;
  /** The moment this letter speaks of. */
  readonly at: Date;
  readonly rows: readonly { readonly customer: string; readonly parked: boolean; readonly lapsesAt: Date }[];
  /** How many there are in all; more than `rows` when the list was cut. */
  readonly total: number;
  readonly url: string;
};

/** Tells a member what is about to lapse, soonest first. English, like the console. */
export function expiringMail({ partner, sandbox, at, rows, total, url }: ExpiringMailInput): Promise<Mail> {
  const [first] = rows;
  const soonest = first ? formatDuration((first.lapsesAt.getTime() - at.getTime()) / 1000, 'en') : '';
  const several = `${total} connections run out within 14 days`;
  const heading = total === 1 && first ? `${showable(first.customer)} runs out in ${soonest}` : several;
  const left = total - rows.length;
  return writeLetter({
    lang: 'en',
    theme: houseTheme,
    subject: `${sandbox ? '[Sandbox] ' : ''}${showable(partner)}: ${heading}`,
    preview: first ? `${showable(first.customer)}: until ${formatDateTime(first.lapsesAt, 'en')}` : heading,
    heading,
    before: [
      total === 1
        ? 'Register the database before then. Afterwards the customer has to connect again.'
        : `The first one ends in ${soonest}. Register each database before its time; afterwards that customer has to connect again.`,
    ],
    list: [
      ...rows.map(({ customer, parked, lapsesAt }) => ({
        name: showable(customer),
        note: `until ${formatDateTime(lapsesAt, 'en')}${parked ? ' · waits for a decision of yours' : ''}`,
      })),
      ...(left > 0 ? [{ name: `and ${left} more`, note: 'all of them are in the console' }] : []),
    ],
    button: { label: 'Open the console', url },
    after: [],
    footer: [
      sandbox
        ? 'This comes from a sandbox: the customers are not real, and its clock can be ahead of yours.'
        : `You get this as a member of ${showable(partner)}. At most one such letter is sent a day until something has less than three days left.`,
      'Waxseal',
    ],
  });
}
