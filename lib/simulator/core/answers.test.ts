import { describe, expect, test } from 'vitest';
import { JAN, paperProvider } from '../testing/paper-provider.ts';
import { divisionsAnswer, meAnswer } from './answers.ts';
import type { Division, User } from './ledger.ts';

const query = (search = '') => ({
  origin: 'https://start.example.test',
  path: '/api/v1/1/system/Divisions',
  params: new URLSearchParams(search),
});

function chainGranting(...divisions: number[]) {
  const provider = paperProvider();
  provider.exchange(provider.consent());
  return { ...provider.chain(), divisions };
}

describe('current/Me', () => {
  test('R4: one row in the OData envelope', () => {
    const { d } = JSON.parse(meAnswer(JAN, query()));
    expect(d.results).toHaveLength(1);
    expect(d.results[0]).toMatchObject({
      __metadata: {
        uri: "https://start.example.test/api/v1/current/Me(guid'5c1f0000-0000-4000-8000-000000000001')",
        type: 'Exact.Web.Api.System.Me',
      },
      UserID: '5c1f0000-0000-4000-8000-000000000001',
      UserName: 'j.jansen',
      FullName: 'Jan Jansen',
      Email: 'jan@example.test',
      CurrentDivision: 101,
    });
  });

  test('$select leaves the rest out', () => {
    const { d } = JSON.parse(meAnswer(JAN, query('$select=UserID,%20CurrentDivision')));
    expect(Object.keys(d.results[0])).toEqual(['__metadata', 'UserID', 'CurrentDivision']);
  });
});

describe('system/Divisions', () => {
  test('lists what was granted and nothing else', () => {
    const { d } = JSON.parse(divisionsAnswer(JAN, chainGranting(102), query()));
    expect(d.results).toMatchObject([{ Code: 102, Description: 'Company 102', Country: 'NL', Current: false }]);
  });

  test('nothing ticked is an empty list', () => {
    expect(divisionsAnswer(JAN, chainGranting(), query())).toBe('{"d":{"results":[]}}');
  });

  test('R4: more than a page continues at d.__next', () => {
    const [sample] = JAN.divisions as [Division];
    const codes = Array.from({ length: 130 }, (_, index) => 1000 + index);
    const user: User = { ...JAN, divisions: codes.map((code) => ({ ...sample, code })) };
    const chain = chainGranting(...codes);
    const seen: number[] = [];
    let next: string | undefined = 'https://start.example.test/?$select=Code';
    while (next) {
      const { d } = JSON.parse(divisionsAnswer(user, chain, query(new URL(next).search)));
      expect(d.results.length).toBeLessThanOrEqual(60);
      seen.push(...d.results.map((row: { Code: number }) => row.Code));
      next = d.__next;
    }
    expect(seen).toEqual(codes);
  });
});
