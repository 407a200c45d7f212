import type { Qr } from './qr.ts';

/** The customer's link, fetched when it is asked for, so that it is on no page before. Throws an Error with a sentence for people. */
export async function fetchLink(connectionId: string, csrf: string): Promise<{ url: string; qr: Qr }> {
  const answer = await fetch(`/console/connections/${connectionId}/link`, {
    method: 'POST',
    headers: { 'x-csrf': csrf },
  });
  const body = (await answer.json()) as { url?: string; qr?: Qr; error?: string };
  if (!answer.ok || !body.url || !body.qr) throw new Error(body.error ?? 'The link could not be fetched.');
  return { url: body.url, qr: body.qr };
}
