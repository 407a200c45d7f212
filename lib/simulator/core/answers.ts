import type { Chain, Division, User } from './ledger.ts';

/*
 * The two bookkeeping answers a connector needs after consent (§7), in the OData envelope of R4. Fields whose values
 * nobody depends on are left out until something needs them.
 */

type Row = Record<string, unknown>;

type ApiQuery = {
  /** Site origin, for `__metadata` and `__next`. */
  readonly origin: string;
  readonly path: string;
  readonly params: URLSearchParams;
};

/** Exact hands out 60 rows at a time. */
const PAGE_ROWS = 60;

/** `GET /api/v1/current/Me`: works whatever divisions were granted. */
export function meAnswer(user: User, query: ApiQuery): string {
  const current = currentDivision(user);
  const [firstName = '', ...rest] = user.fullName.split(' ');
  const row: Row = {
    __metadata: {
      uri: `${query.origin}/api/v1/current/Me(guid'${user.id}')`,
      type: 'Exact.Web.Api.System.Me',
    },
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
  };
  return JSON.stringify({ d: { results: [select(row, query.params)] } });
}

/**
 * `GET /api/v1/{division}/system/Divisions`: the granted set, also of other customers. The number in the path is not
 * checked for this endpoint (§7.2).
 */
export function divisionsAnswer(user: User, chain: Chain, query: ApiQuery): string {
  const granted = user.divisions.filter((division) => chain.divisions.includes(division.code));
  const after = Number(query.params.get('$skiptoken') ?? Number.NEGATIVE_INFINITY);
  const rest = granted.toSorted((a, b) => a.code - b.code).filter((division) => !(division.code <= after));
  const page = rest.slice(0, PAGE_ROWS);
  const last = page.at(-1);
  const results = page.map((division) => select(divisionRow(division, user, query.origin), query.params));
  if (rest.length === page.length || last === undefined) return JSON.stringify({ d: { results } });

  const params = new URLSearchParams(query.params);
  params.set('$skiptoken', String(last.code));
  return JSON.stringify({ d: { results, __next: `${query.origin}${query.path}?${params}` } });
}

function divisionRow(division: Division, user: User, origin: string): Row {
  const main = user.divisions.find((each) => each.customerName === division.customerName);
  return {
    __metadata: {
      uri: `${origin}/api/v1/${division.code}/system/Divisions(${division.code})`,
      type: 'Exact.Web.Api.System.SystemDivision',
    },
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
  };
}

function currentDivision(user: User): Division | undefined {
  return user.divisions.find((division) => division.current) ?? user.divisions[0];
}

/** OData `$select`; `__metadata` stays, and names we do not know are passed over. */
function select(row: Row, params: URLSearchParams): Row {
  const wanted = params.get('$select');
  if (wanted === null || wanted.trim() === '') return row;
  const names = new Set(wanted.split(',').map((name) => name.trim()));
  return Object.fromEntries(Object.entries(row).filter(([name]) => name === '__metadata' || names.has(name)));
}
