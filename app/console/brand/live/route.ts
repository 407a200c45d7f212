import { z } from 'zod';
import { readJson } from '#lib/kernel/body.ts';
import { consoleJson } from '#lib/session/index.ts';
import { drawable, fieldsFrom } from '../../_parts/brand.ts';
import { framesOf, languageOf, partOf } from '../../_parts/brand-frames.ts';
import { savedFields } from '../../_parts/brand-page.ts';

const Asked = z.object({ fields: z.record(z.string(), z.string()), part: z.string(), language: z.string() });

/** The preview beside the form, drawn from what is typed. Stores nothing. */
export const POST = consoleJson('manage_brand', async ({ member, request }) => {
  const { fields, part, language } = Asked.parse((await readJson(request)).value);
  const typed = new Map(Object.entries(fields));
  const { tokens, faults } = drawable(fieldsFrom({ get: (name) => typed.get(name) ?? null }), savedFields(member));
  const frames = await framesOf(tokens, partOf(part), languageOf(language), member.ctx.clock.now());
  return { frames, faults };
});
