import { z } from 'zod';
import { isShowable } from './text.ts';

/** Branding is data: words, one colour and a few choices from lists. A partner never supplies markup or CSS. */

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(isShowable, 'Contains characters that cannot be shown (control or text-direction characters)');

function isHttpsUrl(value: string): boolean {
  if (!/^https:\/\/[!-~]+$/i.test(value) || /[\\"'<>]/.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' && url.username === '' && url.password === '' && url.hostname.includes('.');
}

/** A path of ours: one slash, so that no browser reads it as another host (`//evil`, `/\evil`). */
function isOwnPath(value: string): boolean {
  return /^\/(?![/\\])[A-Za-z0-9\-._~/%?=&]*$/.test(value);
}

const httpsUrl = z.string().max(500).refine(isHttpsUrl, 'Give a full https:// address without a user name');

export const radii = ['square', 'soft', 'round'] as const;
export const fonts = ['system', 'humanist', 'serif', 'rounded'] as const;

export const ThemeTokens = z.object({
  displayName: line(80),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'Give a colour as #rrggbb')
    .transform((value) => value.toLowerCase()),
  radius: z.enum(radii),
  font: z.enum(fonts),
  logoUrl: z
    .string()
    .max(500)
    .refine(
      (value) => isOwnPath(value) || isHttpsUrl(value),
      'Give an https:// address, or a path that starts with one /',
    )
    .nullable(),
  /** In the partner's words, per language. Where those are missing the page says it in ours. */
  purpose: z.object({
    en: line(200),
    nl: line(200),
    de: line(200).optional(),
    fr: line(200).optional(),
    es: line(200).optional(),
  }),
  supportEmail: z.email().max(254).nullable(),
  supportUrl: httpsUrl.nullable(),
  privacyUrl: httpsUrl.nullable(),
  termsUrl: httpsUrl.nullable(),
});
export type ThemeTokens = z.infer<typeof ThemeTokens>;
