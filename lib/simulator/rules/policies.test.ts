import { beforeEach, describe, expect, test } from 'vitest';
import { POLICIES, type Policy } from '../core/policy.ts';
import type { RuleId } from '../core/vocabulary.ts';
import { aProvider, DAYS, tokensOf } from './provider.ts';

/*
 * `exact-online.md` §1.4 and this file, side by side: when the predecessor dies, transition by transition, and the order
 * in which the token endpoint looks for a reason to say no.
 */

const { nl, other, startAnew, told, ruleTold, chains } = await aProvider();

/** The rule that refuses the token in question; null where it still answers. */
type Fate = Record<Policy, RuleId | null>;
type Transition = { readonly what: string; readonly play: () => Promise<string>; readonly fate: Fate };

const refreshLater = async (token: string) => {
  await nl.advance(570);
  return tokensOf(await nl.refresh(token));
};

const NEVER: Fate = { legacy: null, overlap: null, single: null };
const WHEN_ISSUED: Fate = { legacy: null, overlap: null, single: 'T13' };
const WHEN_USED: Fate = { legacy: null, overlap: 'T13', single: 'T13' };
const WHEN_EXCHANGED: Fate = { legacy: null, overlap: null, single: 'T14' };
const WHEN_NEWER_USED: Fate = { legacy: null, overlap: 'T14', single: 'T14' };

/** Each play ends with a token in hand, at a moment when the 570 s are over. */
const TRANSITIONS: readonly Transition[] = [
  {
    what: 'T(n), never used, on its thirtieth day',
    fate: NEVER,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.advance(30 * DAYS - 1);
      return refresh;
    },
  },
  {
    what: 'T(n), its successor issued and untouched',
    fate: WHEN_ISSUED,
    play: async () => {
      const { refresh } = await nl.connect();
      await refreshLater(refresh);
      await nl.advance(599);
      return refresh;
    },
  },
  {
    what: 'T(n), its successor untouched, ten minutes after its own use',
    fate: WHEN_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await refreshLater(refresh);
      await nl.advance(600);
      return refresh;
    },
  },
  {
    what: 'T(n), ten minutes after its first use, though it was used again since',
    fate: WHEN_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await refreshLater(refresh);
      await nl.advance(570);
      await nl.refresh(refresh);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'T(n), a refresh made with its successor',
    fate: WHEN_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await refreshLater((await refreshLater(refresh)).refresh);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'T(n), an API call made with the access token beside its successor',
    fate: WHEN_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.api('current/Me', (await refreshLater(refresh)).access);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'T(n), an API call made with the access token beside itself',
    fate: WHEN_ISSUED,
    play: async () => {
      const { access, refresh } = await nl.connect();
      await refreshLater(refresh);
      await nl.api('current/Me', access);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'T(n), its successor refused for being too early',
    fate: WHEN_ISSUED,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.refresh((await refreshLater(refresh)).refresh);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'T(n+1), after T(n) was used again where it could be and issued T(n+1)′',
    fate: { legacy: null, overlap: 'T13', single: null },
    play: async () => {
      const { refresh } = await nl.connect();
      const successor = await refreshLater(refresh);
      await nl.advance(570);
      await nl.refresh(refresh);
      await nl.advance(570);
      return successor.refresh;
    },
  },
  {
    what: 'T(n+1)′',
    fate: NEVER,
    play: async () => {
      const { refresh } = await nl.connect();
      const successor = await refreshLater(refresh);
      await nl.advance(570);
      const again = await nl.refresh(refresh);
      await nl.advance(570);
      return again.status === 200 ? tokensOf(again).refresh : successor.refresh; // there is none under single
    },
  },
  {
    what: 'the older chain, a newer consent given and not exchanged',
    fate: NEVER,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.consentCode();
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'the older chain, the newer code exchanged',
    fate: WHEN_EXCHANGED,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.connect();
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'the older chain, an API call made with the newer access token',
    fate: WHEN_NEWER_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await nl.api('current/Me', (await nl.connect()).access);
      await nl.advance(570);
      return refresh;
    },
  },
  {
    what: 'the older chain, the newer one refreshed',
    fate: WHEN_NEWER_USED,
    play: async () => {
      const { refresh } = await nl.connect();
      await refreshLater((await nl.connect()).refresh);
      return refresh;
    },
  },
  {
    what: 'the newer chain, the older one in use',
    fate: NEVER,
    play: async () => {
      const older = await nl.connect();
      const newer = await nl.connect();
      await nl.api('current/Me', older.access);
      await nl.advance(570);
      await nl.refresh(older.refresh);
      return newer.refresh;
    },
  },
];

describe.each(POLICIES)('under %s', (policy) => {
  beforeEach(() => startAnew(policy));

  describe('§1.4: which token answers', () => {
    test.each(TRANSITIONS.map(({ what, play, fate }) => [what, fate[policy], play] as const))(
      '%s: %s',
      async (_, rule, play) => {
        expect(await told(nl.refresh(await play()))).toMatchObject({ rule });
      },
    );

    test('the control API counts those that would', async () => {
      const first = await nl.connect();
      await refreshLater(first.refresh);
      const after = { legacy: 2, overlap: 2, single: 1 };
      expect(await chains()).toMatchObject([{ state: 'live', live_tokens: after[policy] }]);
      await nl.connect();
      const [older] = await chains();
      expect(older).toMatchObject(
        {
          legacy: { state: 'live', live_tokens: 2 },
          overlap: { state: 'live' },
          single: { state: 'replaced', live_tokens: 0 },
        }[policy],
      );
    });

    test('tooEarlyRotates on: a successor handed out with a refusal counts like any other', async () => {
      await nl.switches({ tooEarlyRotates: true });
      const { refresh } = await nl.connect();
      await nl.refresh(refresh);
      await nl.advance(599);
      expect(await told(nl.refresh(refresh))).toMatchObject({ rule: WHEN_ISSUED[policy] });
    });
  });

  /** Guilt grows from the end of the list to its beginning; the answer is always the newest, which stands before the rest. */
  describe('§1.4: order of checks', () => {
    const isLegacy = policy === 'legacy';

    test('for a refresh token', async () => {
      const { refresh } = await nl.connect();
      const rule = async (answer = nl.refresh(refresh)) => (await told(answer)).rule;
      expect(await rule()).toBe('T11');
      await refreshLater((await refreshLater(refresh)).refresh);
      expect(await rule()).toBe(isLegacy ? 'T10' : 'T13');
      await nl.api('current/Me', (await nl.connect()).access);
      expect(await rule()).toBe(isLegacy ? 'T10' : 'T14');
      await nl.end('withdrawn');
      expect(await rule()).toBe('T17');
      await nl.end('user_gone');
      expect(await rule()).toBe('T18');
      expect(await rule(other.refresh(refresh))).toBe('T9');
      expect(await rule(other.refresh(refresh, { client_secret: 'wrong' }))).toBe('T8');
      await nl.advance(30 * DAYS);
      expect(await rule(other.refresh(refresh, { client_secret: 'wrong' }))).toBe('T16');
      await nl.switches({ maintenance: 'now' });
      expect(await rule()).toBe('T19');
    });

    test('for a code', async () => {
      const rule = async (code: string, mistake = {}, client = nl) => (await told(client.exchange(code, mistake))).rule;
      const overtaken = async () => {
        const code = await nl.consentCode();
        await nl.connect();
        return code;
      };
      const codes = [];
      for (let n = 0; n < 6; n++) codes.push(await overtaken());
      const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = codes;
      const elsewhere = { redirect_uri: 'https://else.test' };

      expect(await rule(first)).toBe(isLegacy ? null : 'T15');
      await nl.end('withdrawn');
      expect(await rule(second)).toBe('T17');
      expect(await rule(second)).toBe('T4'); // a dead grant spends its code all the same
      expect(await rule(third, elsewhere)).toBe('T6');
      expect(await rule(fourth, elsewhere, other)).toBe('T9');
      expect(await rule(fifth, { ...elsewhere, client_secret: 'wrong' }, other)).toBe('T8');
      expect(await rule(fifth, { ...elsewhere, client_secret: 'wrong' }, other)).toBe('T4');
      await nl.advance(180);
      expect(await rule(fifth, { ...elsewhere, client_secret: 'wrong' }, other)).toBe('T3');
      expect(await rule(sixth)).toBe('T3'); // and asking has not spent it
      expect(await rule(sixth)).toBe('T3');
      await nl.switches({ maintenance: 'now' });
      expect(await rule(sixth)).toBe('T19');
    });
  });
});

describe('the policy of a client ID', () => {
  beforeEach(() => startAnew('single'));

  test('can differ from the usual one', async () => {
    await nl.policy('legacy');
    const exempt = await nl.connect();
    await nl.connect();
    const ordinary = await other.connect();
    await other.connect();
    await nl.advance(570);
    await other.advance(570);
    expect((await nl.refresh(exempt.refresh)).status).toBe(200);
    expect(await told(other.refresh(ordinary.refresh))).toMatchObject({ rule: 'T14' });
  });

  test('judges what already happened anew when it changes', async () => {
    const { refresh } = await nl.connect();
    await nl.connect();
    await nl.advance(570);
    expect(await told(nl.refresh(refresh))).toMatchObject({ rule: 'T14' });
    await nl.policy('overlap');
    await nl.refresh(refresh);
    expect(await ruleTold()).toBe(null);
  });
});
