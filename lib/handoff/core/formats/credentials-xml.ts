import { type Flaw, flawOf, noBlanksAround, oneLine, xmlCharacters } from './values.ts';
import { element } from './xml.ts';

/** What is for the partner to fill in: their service account is no business of ours. */
const placeholder = 'FILL-IN';

export type CredentialsInput = {
  customerName: string;
  /** How the database is called in the address of Invantive Cloud; null when nobody has said. */
  database: string | null;
};

/**
 * Reference 8.6: lets an on-premise product fetch what Invantive Cloud holds after the registration. Holds no secret.
 * Answers the flaw of a value that cannot stand in it.
 */
export function credentialsXml({ customerName, database }: CredentialsInput): string | Flaw {
  const flaw = flawOf({ description: customerName, database }, [oneLine, noBlanksAround, xmlCharacters]);
  if (flaw) return flaw;
  const fragment = element('credentials', {
    order: '10',
    description: customerName,
    database: database || placeholder,
    datacontainers: '*',
    userLogonCodeMode: 'Hidden',
    passwordMode: 'Hidden',
    defaultUserLogonCode: placeholder,
    defaultPassword: placeholder,
  });
  return `${fragment}\n`;
}
