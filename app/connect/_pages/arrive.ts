import { seeOther } from '#lib/browser/index.ts';
import { type CallbackAnswer, openLink, type Visit } from '#lib/consent/index.ts';

type Back = { visit: Visit; locale: string | null };

/** To a page of the same invitation, in the language they left it in, and away from the address that holds the code. */
export async function toResult(back: Back, query: Record<string, string>): Promise<Response> {
  const { ctx, invitation } = back.visit;
  const link = await openLink(ctx, { invitationId: invitation.id });
  const asked = new URLSearchParams({ ...query, ...(back.locale ? { lang: back.locale } : {}) });
  return seeOther(`/connect/${link?.reveal() ?? 'unknown'}/result?${asked}`);
}

/** Where someone goes whose answer was taken, by whichever way it came in. */
export function arrival(
  answer: Extract<CallbackAnswer, { kind: 'settled' | 'lapsed' | 'withdrawn' }>,
): Promise<Response> {
  switch (answer.kind) {
    case 'settled':
      return toResult(answer, { trip: answer.requestId });
    case 'lapsed':
      return toResult(answer, { ended: 'request_lapsed' });
    case 'withdrawn':
      return toResult(answer, {});
  }
}
