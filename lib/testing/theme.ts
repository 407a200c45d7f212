import type { ThemeTokens } from '../branding/index.ts';

/** A brand that says the least. */
export const plainTheme: ThemeTokens = {
  displayName: 'Korenaar',
  accent: '#0f5f56',
  radius: 'soft',
  font: 'system',
  logoUrl: null,
  purpose: {},
  supportEmail: null,
  supportUrl: null,
  privacyUrl: null,
  termsUrl: null,
};
