import { beforeAll, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { RedirectUri, redirectFault, redirectFor, redirectUriOf, returnsHere } from './redirect.ts';

const home = 'https://connect.example';
const id = 'clr_000000000000000000000001';
beforeAll(() => useConfig({ publicUrl: home } as Config));

describe('a redirect URL that somebody else owns (E-1, E-11)', () => {
  test('is refused when it is not https, has a fragment or a user in it, or is not an address', () => {
    for (const bad of [
      '',
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      'https:/evil.example',
      'https:///evil.example',
      'https://',
      'https://?x',
      'https://good.example@evil.example',
      'https://user:secret@evil.example/cb',
      'https://evil.example#good.example',
      'https://evil.example/cb#',
      'http://evil.example/cb',
      'ht\ttps://evil.example',
      'https://evil\n.example/cb',
      'https://evil.example/a b',
      'https://evil.example\\cb',
      'https://evil.example/\\cb',
      'https://evil.example/\u0000',
      'https://evil.example/%',
      'https://evil.example/%2',
      'https://evil.example/%zz',
      'https://%65vil.example/',
      'https://еvil.example/cb',
      'https://evil。example/cb',
      'https://evil.example:port/cb',
      'https://evil.example:99999/cb',
      'https://evil.example/ö',
      'https://evil.example/<script>',
      'https://evil.example/"',
      'javascript:alert(1)',
      'data:text/html,x',
      'urn:ietf:wg:oauth:2.0:oob',
      'evil.example/cb',
      `https://evil.example/${'x'.repeat(8000)}`,
      ...['code', 'state', 'error', 'error_description', 'error_uri', 'iss', '%63ode'].map(
        (name) => `https://evil.example/cb?a=1&${name}=x`,
      ),
    ]) {
      expect([bad, redirectFault(bad)]).toEqual([bad, expect.any(String)]);
      expect(RedirectUri.safeParse(bad).success).toBe(false);
    }
  });

  test('is kept byte for byte where it is odd but legal; the blanks around it go', () => {
    for (const odd of [
      'https://vendor.example',
      'https://vendor.example/',
      'https://vendor.example/cb/',
      'HTTPS://Vendor.EXAMPLE/Cb',
      'https://vendor.example:443/cb',
      'https://vendor.example:8443/cb',
      'https://vendor.example./cb',
      'https://vendor.example/a/../b/./c',
      'https://vendor.example/..;/cb',
      'https://vendor.example//cb',
      'https://vendor.example/%2f%2F%7e',
      'https://vendor.example?x=1',
      'https://vendor.example/cb?x=1&x=2&y',
      "https://vendor.example/!$&'()*+,;=:@",
      'https://xn--vndor-5ua.example/cb',
      'https://[2001:db8::1]/cb',
      'https://192.0.2.1/cb',
      'https://localhost/cb',
    ]) {
      expect([odd, redirectFault(odd)]).toEqual([odd, null]);
      expect(RedirectUri.parse(`\r\n ${odd}\t`)).toBe(odd);
    }
  });
});

describe('whose it is', () => {
  test('is told from the address: ours is our path for this registration, at whatever host we had', () => {
    expect(returnsHere({ id, redirectUri: redirectUriOf(id) })).toBe(true);
    expect(returnsHere({ id, redirectUri: redirectUriOf(id, 'https://former.example') })).toBe(true);
    expect(returnsHere({ id, redirectUri: redirectUriOf(id, 'http://localhost:3000') })).toBe(true);
    for (const redirectUri of [
      'https://vendor.example/cb',
      'https://vendor.example',
      redirectUriOf('clr_000000000000000000000002'),
      `${redirectUriOf(id)}/`,
      `${redirectUriOf(id)}?x=1`,
      redirectUriOf(id).replace('/callback', ''),
    ])
      expect([redirectUri, returnsHere({ id, redirectUri })]).toEqual([redirectUri, false]);
  });

  test('ours unless another is typed; at the host of the partner where it has one', () => {
    for (const typed of [null, undefined, redirectUriOf(id)])
      expect(redirectFor(id, typed, home)).toBe(`${home}/oauth/exact-online/${id}/callback`);
    expect(redirectFor(id, null, 'https://link.partner.example')).toBe(
      `https://link.partner.example/oauth/exact-online/${id}/callback`,
    );
    expect(redirectFor(id, 'https://vendor.example/cb', home)).toBe('https://vendor.example/cb');
  });

  /** Typed as somebody else's it would later be taken for ours, and customers be sent to that host. */
  test('our path on a host that is not ours is refused, and so is any other address of ours', () => {
    for (const typed of [
      redirectUriOf(id, 'https://evil.example'),
      redirectUriOf(id, 'https://evil.example').replace('/oauth', '/x/../oauth'),
      redirectUriOf(id, 'https://evil.example:8443'),
      redirectUriOf('clr_000000000000000000000002'),
      `${home}/cb`,
      `${home.toUpperCase().replace('HTTPS', 'https')}/cb`,
      `${home}:443/`,
      'https://link.partner.example/cb',
    ])
      expect(() => redirectFor(id, typed, 'https://link.partner.example'), typed).toThrow('invalid_request');
  });
});
