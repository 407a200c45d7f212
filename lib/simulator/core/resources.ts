import type { Chain, Division, User } from './ledger.ts';
import type { Row } from './odata.ts';

/*
 * What the API has to offer: who consented and for which companies (§7), and a little bookkeeping for the rules about
 * divisions and scopes to bite on. Fields whose values nobody depends on are left out until something needs them.
 */

type Asker = { readonly user: User; readonly chain: Chain };

export type Resource = {
  /** Below the division, or `current/Me`. */
  readonly name: string;
  /** What the app must have been granted to read it (R7). Nobody says what `Me` and `Divisions` need (§12, 10). */
  readonly scope: string;
  /** Which division must be among the granted ones (R6): the one in the path, the one open in the session, or none. */
  readonly mustGrant: 'path' | 'current' | 'none';
  readonly rows: (asker: Asker, division: number) => readonly Row[];
};

const RESOURCES: readonly Resource[] = [
  { name: 'current/Me', scope: 'organization.administration', mustGrant: 'none', rows: ({ user }) => [meRow(user)] },
  {
    // Lists the granted set, also of other customers; the number in the path is not checked (§7.2).
    name: 'system/Divisions',
    scope: 'organization.administration',
    mustGrant: 'current',
    rows: (asker) => granted(asker).map((each) => systemDivisionRow(each, asker.user)),
  },
  {
    // Only those of the customer whose division is asked (§7.2).
    name: 'hrm/Divisions',
    scope: 'organization.administration',
    mustGrant: 'path',
    rows: (asker, division) => {
      const customer = divisionOf(asker.user, division)?.customerName;
      return granted(asker)
        .filter((each) => each.customerName === customer)
        .map(hrmDivisionRow);
    },
  },
  { name: 'crm/Accounts', scope: 'crm.accounts', mustGrant: 'path', rows: (_, division) => accountRows(division) },
  {
    name: 'financial/GLAccounts',
    scope: 'financial.generalledgers',
    mustGrant: 'path',
    rows: (_, division) => ledgerAccountRows(division),
  },
];

/** The resource a path names, and the division it names; null where nothing is. */
export function resourceAt(path: string): { readonly resource: Resource; readonly division: number | null } | null {
  const [, division = null, inside] = /^\/api\/v1\/(?:(\d{1,9})\/)?(.+)$/.exec(path) ?? [];
  const resource = RESOURCES.find((each) => each.name === inside);
  if (resource === undefined || (division === null) !== (resource.name === 'current/Me')) return null;
  return { resource, division: division === null ? null : Number(division) };
}

export function divisionOf(user: User, code: number | null): Division | undefined {
  return user.divisions.find((division) => division.code === code);
}

/** The division open in the user's session. */
export function currentDivision(user: User): Division | undefined {
  return user.divisions.find((division) => division.current) ?? user.divisions[0];
}

function granted({ user, chain }: Asker): readonly Division[] {
  return user.divisions.filter((division) => chain.divisions.includes(division.code));
}

function meRow(user: User): Row {
  const current = currentDivision(user);
  const [firstName = '', ...rest] = user.fullName.split(' ');
  return {
    uri: `current/Me(guid'${user.id}')`,
    type: 'Exact.Web.Api.System.Me',
    key: user.id,
    fields: {
      UserID: user.id,
      UserName: user.userName,
      FullName: user.fullName,
      FirstName: firstName,
      LastName: rest.join(' '),
      Email: user.email,
      Language: 'EN',
      LanguageCode: 'en-GB',
      CurrentDivision: current?.code ?? null,
      DivisionCustomerName: current?.customerName ?? null,
      Legislation: current?.country ?? null,
      IsOEIMigrationMandatory: false,
      ThumbnailPicture: null,
    },
  };
}

function systemDivisionRow(division: Division, user: User): Row {
  const main = user.divisions.find((each) => each.customerName === division.customerName);
  return {
    uri: `${division.code}/system/Divisions(${division.code})`,
    type: 'Exact.Web.Api.System.SystemDivision',
    key: division.code,
    fields: {
      Code: division.code,
      Description: division.description,
      Hid: String(division.code),
      CustomerName: division.customerName,
      CustomerCode: String(main?.code ?? division.code),
      Country: division.country,
      Current: division.current,
      IsMainDivision: main?.code === division.code,
      Status: 1,
      BlockingStatus: 0,
      VATNumber: division.vatNumber,
    },
  };
}

function hrmDivisionRow(division: Division): Row {
  return {
    uri: `${division.code}/hrm/Divisions(${division.code})`,
    type: 'Exact.Web.Api.HRM.Division',
    key: division.code,
    fields: {
      Code: division.code,
      Description: division.description,
      HID: String(division.code),
      Country: division.country,
      Status: 1,
      BlockingStatus: 0,
      VATNumber: division.vatNumber,
    },
  };
}

const OPENED = new Date(Date.UTC(2021, 0, 1));

function accountRows(division: number): readonly Row[] {
  return [
    ['Café de Gouden Leeuw', 'Utrecht', 'NL'],
    ['Smit & Zonen B.V.', 'Haarlem', 'NL'],
    ['Wouters <Verpakkingen> nv', 'Gent', 'BE'],
  ].map(([Name = '', City = '', Country = ''], index) => {
    const ID = rowId('acc', division, index);
    return {
      uri: `${division}/crm/Accounts(guid'${ID}')`,
      type: 'Exact.Web.Api.Models.CRM.Account',
      key: ID,
      fields: { ID, Code: String(index + 1).padStart(18), Name, City, Country, Division: division, Created: OPENED },
    };
  });
}

function ledgerAccountRows(division: number): readonly Row[] {
  return [
    ['1000', 'Kas', 'D', 'B'],
    ['1300', 'Debiteuren', 'D', 'B'],
    ['1600', 'Crediteuren', 'C', 'B'],
    ['8000', 'Omzet', 'C', 'W'],
  ].map(([Code = '', Description = '', BalanceSide = '', BalanceType = ''], index) => {
    const ID = rowId('91a', division, index);
    return {
      uri: `${division}/financial/GLAccounts(guid'${ID}')`,
      type: 'Exact.Web.Api.Models.Financial.GLAccount',
      key: ID,
      fields: { ID, Code, Description, BalanceSide, BalanceType, Division: division },
    };
  });
}

/** Made up, and the same every time. */
function rowId(kind: string, division: number, index: number): string {
  return `${kind}00000-0000-4000-8000-${String(division).padStart(9, '0')}${String(index + 1).padStart(3, '0')}`;
}
