/** What a claim was answered, and how long that took. */
export type Heard = { status: number; code: string; ms: number };

/** One claim over HTTP. `since`: the moment from which its time counts, on the clock of `performance.now()`. */
export async function claim(url: string, key: string, connectionId: string, since = performance.now()): Promise<Heard> {
  const answer = await fetch(`${url}/api/v1/connections/${connectionId}/handoffs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(60_000),
  }).catch(() => null);
  const text = await answer?.text().catch(() => '');
  return { status: answer?.status ?? 0, code: codeOf(text ?? ''), ms: performance.now() - since };
}

/** The stable code of a problem; none for an answer that is none. */
function codeOf(text: string): string {
  try {
    return (JSON.parse(text) as { code?: string | null }).code ?? '';
  } catch {
    return 'no answer';
  }
}
