import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { oneOf, whole, words } from '../control/inputs.ts';
import { MAINTENANCE_TEXT } from '../core/maintenance.ts';
import { type Answer, bodyOf, text, writeHead } from '../http.ts';
import type { Turn } from './turn.ts';

/*
 * What can go wrong: a row says what a kind takes, a function how it strays from the usual way of a request. Those that
 * matter most happen `after`: the rules have spent a code or a token, and nobody hears of it.
 */

type Kind = {
  readonly takes: z.ZodRawShape;
  readonly run: (turn: Turn, details: Readonly<Record<string, unknown>>) => Promise<void>;
};
type Moment = 'before' | 'after';

const when = oneOf(['before', 'after']);
const ms = whole(1, 3_600_000);
const location = words(2000).regex(/^[\x21-\x7e]+$/, 'must be an address in plain ASCII');
const ownHeaders = /^(content-length|transfer-encoding|connection)$/i;
const headers = z
  .record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\x20-\x7e]*$/), {
    error: 'must be header names with values in plain ASCII',
  })
  .refine((each) => !Object.keys(each).some((name) => ownHeaders.test(name)), {
    error: 'must leave Content-Length, Transfer-Encoding and Connection to the simulator',
  });

export const KINDS: Readonly<Record<string, Kind>> = {
  refuse: kind(
    { when, status: whole(200, 599), body: words(100_000).default(''), headers: headers.default({}) },
    refuse,
  ),
  status: kind({ when, status: oneOf([429, 500, 502, 503, 504]) }, status),
  maintenance: kind(
    { when, status: oneOf([503, 504]).default(503), format: oneOf(['text', 'html']).default('text') },
    maintenance,
  ),
  redirect: kind({ when, location, status: oneOf([301, 302, 303, 307, 308]).default(302) }, redirect),
  reset: kind({ when }, reset),
  close: kind({ when }, close),
  hang: kind({ when, ms: ms.default(300_000) }, hang),
  cut: kind({ at: whole(0, 1_000_000) }, cut),
  drip: kind({ bytes: whole(1, 100_000), ms }, drip),
  duplicate: kind({}, duplicate),
  wrong_length: kind({ by: whole(-100_000, 100_000).refine((by) => by !== 0, 'must not be 0') }, wrongLength),
  wrong_type: kind({}, wrongType),
  date_skew: kind({ seconds: whole(-1_000_000_000, 1_000_000_000) }, dateSkew),
  delay: kind({ when, ms }, delay),
};

/** Any answer, literally. */
async function refuse(
  turn: Turn,
  how: { when: Moment; status: number; body: string; headers: Record<string, string> },
): Promise<void> {
  const json = { status: how.status, headers: { 'Content-Type': 'application/json' }, body: how.body };
  await sendInstead(turn, how.when, withHeaders(json, how.headers));
}

async function status(turn: Turn, how: { when: Moment; status: number }): Promise<void> {
  const title = REASONS[how.status];
  await sendInstead(turn, how.when, title === undefined ? { status: how.status } : page(how.status, title, title));
}

/** T19, on demand. */
async function maintenance(
  turn: Turn,
  how: { when: Moment; status: 503 | 504; format: 'text' | 'html' },
): Promise<void> {
  const answer =
    how.format === 'html'
      ? page(how.status, 'Server maintenance', MAINTENANCE_TEXT)
      : text(how.status, MAINTENANCE_TEXT);
  await sendInstead(turn, how.when, answer);
}

async function redirect(turn: Turn, how: { when: Moment; location: string; status: number }): Promise<void> {
  await sendInstead(turn, how.when, { status: how.status, headers: { Location: how.location } });
}

async function reset(turn: Turn, how: { when: Moment }): Promise<void> {
  await sayNothing(turn, how.when);
  turn.socket.resetAndDestroy();
}

async function close(turn: Turn, how: { when: Moment }): Promise<void> {
  await sayNothing(turn, how.when);
  turn.socket.destroySoon();
}

async function hang(turn: Turn, how: { when: Moment; ms: number }): Promise<void> {
  await sayNothing(turn, how.when);
  await turn.wait(how.ms);
  turn.socket.destroySoon();
}

/** The body breaks off before its byte `at`, though its announced length stays whole. A shorter body leaves unharmed. */
async function cut(turn: Turn, how: { at: number }): Promise<void> {
  const answer = await turn.process();
  const body = bodyOf(answer);
  if (how.at >= body.byteLength) return turn.send(answer);
  turn.lose();
  await turn.send(answer, (response) => {
    writeHead(response, answer, body.byteLength);
    response.flushHeaders();
    response.write(body.subarray(0, how.at), () => turn.socket.destroySoon());
  });
}

async function drip(turn: Turn, how: { bytes: number; ms: number }): Promise<void> {
  const answer = await turn.process();
  await turn.send(answer, (response) => void writeDrops(turn, response, answer, how));
}

async function writeDrops(
  turn: Turn,
  response: ServerResponse,
  answer: Answer,
  how: { bytes: number; ms: number },
): Promise<void> {
  const body = bodyOf(answer);
  writeHead(response, answer, body.byteLength);
  let from = 0;
  for (; from + how.bytes < body.byteLength && !response.destroyed; from += how.bytes) {
    response.write(body.subarray(from, from + how.bytes));
    await turn.wait(how.ms);
  }
  response.end(body.subarray(from)); // with the last drop: whoever has it all may hang up at once
}

/** As a proxy does that sends again what it believes lost: nobody ever sees the first answer. */
async function duplicate(turn: Turn): Promise<void> {
  await turn.process();
  turn.lose();
  await turn.send(await turn.process());
}

/** Nobody who goes by the announced length gets the body whole. The connection ends, or the rest would start the next answer. */
async function wrongLength(turn: Turn, how: { by: number }): Promise<void> {
  const answer = withHeaders(await turn.process(), { Connection: 'close' });
  const body = bodyOf(answer);
  turn.lose();
  await turn.send(answer, (response) => {
    writeHead(response, answer, Math.max(0, body.byteLength + how.by));
    response.end(body);
  });
}

async function wrongType(turn: Turn): Promise<void> {
  await turn.send(withHeaders(await turn.process(), { 'Content-Type': 'text/html; charset=utf-8' }));
}

async function dateSkew(turn: Turn, how: { seconds: number }): Promise<void> {
  const answer = await turn.process();
  await turn.send(withHeaders(answer, { Date: new Date(Date.now() + how.seconds * 1000).toUTCString() }));
}

async function delay(turn: Turn, how: { when: Moment; ms: number }): Promise<void> {
  if (how.when === 'before') await turn.wait(how.ms);
  const answer = await turn.process();
  if (how.when === 'after') await turn.wait(how.ms);
  await turn.send(answer);
}

/** Before: the rules never see the request. After: they do, and their answer is lost. */
async function sendInstead(turn: Turn, at: Moment, answer: Answer): Promise<void> {
  await loseAnswer(turn, at, answer.status);
  await turn.send(answer);
}

async function sayNothing(turn: Turn, at: Moment): Promise<void> {
  await loseAnswer(turn, at, null);
  turn.lose();
}

async function loseAnswer(turn: Turn, at: Moment, heard: number | null): Promise<void> {
  if (at === 'before') return turn.skip(heard);
  await turn.process();
  turn.lose();
}

/** 429 comes with an empty body, as observed. */
const REASONS: Readonly<Record<number, string>> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function page(code: number, title: string, sentence: string): Answer {
  return {
    status: code,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!doctype html><html><head><title>${title}</title></head><body><h1>${code}</h1><p>${sentence}</p></body></html>`,
  };
}

/** Headers have one name however it is written, and the answer may have it already. */
function withHeaders(answer: Answer, added: Readonly<Record<string, string>>): Answer {
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept = Object.entries(answer.headers ?? {}).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...answer, headers: { ...Object.fromEntries(kept), ...added } };
}

/** The details of a stored fault went through `takes` when it was made, so `run` takes their types on trust. */
function kind<Takes extends z.ZodRawShape>(
  takes: Takes,
  run: (turn: Turn, how: z.infer<z.ZodObject<Takes>>) => Promise<void>,
): Kind {
  return { takes, run: (turn, details) => run(turn, details as z.infer<z.ZodObject<Takes>>) };
}
