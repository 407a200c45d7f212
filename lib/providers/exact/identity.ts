import { z } from 'zod';
import type { InboundResponse, OutboundRequest } from '../../http/index.ts';
import type { Secret } from '../../kernel/secret.ts';
import type { CurrentDivision, Division, ExactUser } from '../provider.ts';

const read = (url: string, accessToken: Secret<string>): OutboundRequest => ({
  method: 'GET',
  url,
  headers: { authorization: `Bearer ${accessToken.reveal()}`, accept: 'application/json' }, // R3: XML otherwise
});

/** Who consented: `current/Me` has no division in its path, and tells which one is current. */
export const identityRequest = (origin: string, accessToken: Secret<string>): OutboundRequest =>
  read(
    `${origin}/api/v1/current/Me?$select=UserID,UserName,FullName,Email,CurrentDivision,DivisionCustomerName`,
    accessToken,
  );

/** Which administrations the consent covers. */
export const divisionsRequest = (
  origin: string,
  accessToken: Secret<string>,
  currentDivision: number,
): OutboundRequest =>
  read(
    `${origin}/api/v1/${currentDivision}/system/Divisions?$select=Code,Description,CustomerName,Current`,
    accessToken,
  );

/** Text as the database can hold it: no NUL, no half of a surrogate pair. */
const Text = (max: number) => z.string().transform((text) => text.toWellFormed().replaceAll('\0', '').slice(0, max));

const envelope = <T extends z.ZodType>(row: T) =>
  z.object({ d: z.object({ results: z.array(row), __next: z.string().max(6000).optional().catch(undefined) }) }); // R4

const Me = z.object({
  UserID: z.string().min(1).max(100),
  UserName: Text(500).catch(''),
  FullName: Text(500).catch(''),
  Email: Text(500).nullish().catch(null),
  CurrentDivision: z.coerce.number().int(),
  DivisionCustomerName: Text(500).nullish().catch(null),
});
const DivisionRow = z.object({
  Code: z.coerce.number().int(),
  Description: Text(500).catch(''),
  CustomerName: Text(500).nullish().catch(null),
  Current: z.boolean().catch(false),
});

function pageOf<T extends z.ZodType>(response: InboundResponse, row: T) {
  if (response.status !== 200) return null;
  try {
    const parsed = envelope(row).safeParse(JSON.parse(response.body));
    return parsed.success ? parsed.data.d : null;
  } catch {
    return null;
  }
}

const rows = <T extends z.ZodType>(response: InboundResponse, row: T): z.infer<T>[] | null =>
  pageOf(response, row)?.results ?? null;

/** The Exact user, or null: a refused identity call never fails the consent, the grant is already safe. */
export function readIdentity(response: InboundResponse): { user: ExactUser; current: CurrentDivision } | null {
  const [me] = rows(response, Me) ?? [];
  if (!me) return null;
  // Case and braces of the GUID vary between endpoints, and it is the key of the chain.
  const id = me.UserID.toLowerCase().replace(/[{}]/g, '');
  return {
    user: { id, userName: me.UserName, fullName: me.FullName, email: me.Email ?? null },
    current: { code: me.CurrentDivision, customer: me.DivisionCustomerName ?? null },
  };
}

/** The administrations of a consent, or null when the provider would not say. */
export function readDivisions(response: InboundResponse): Division[] | null {
  return (
    rows(response, DivisionRow)?.map((row) => ({
      code: row.Code,
      name: row.Description,
      customer: row.CustomerName ?? null,
      current: row.Current,
    })) ?? null
  );
}

/** R6: the words of a refusal that is about what was ticked, as opposed to what the app may do (R7). */
export const leavesOutCurrent = ({ status, body }: InboundResponse): boolean =>
  status === 403 && /not within division scope/i.test(body);

/**
 * The request for the next page of administrations, or null after the last one. The address is the provider's word, so
 * it is followed only where it stays on the site that was asked (TH6).
 */
export function nextDivisionsRequest(
  origin: string,
  accessToken: Secret<string>,
  response: InboundResponse,
): OutboundRequest | null {
  const next = pageOf(response, DivisionRow)?.__next;
  if (!next || !URL.canParse(next)) return null;
  const url = new URL(next);
  return url.origin === origin && /^\/api\/v1\/\d+\/system\/Divisions$/i.test(url.pathname)
    ? read(url.href, accessToken)
    : null;
}
