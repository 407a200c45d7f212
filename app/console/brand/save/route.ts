import { seeOther } from '#lib/browser/index.ts';
import { consoleUpload } from '#lib/session/index.ts';
import { changeBrand } from '#lib/tenancy/index.ts';
import { fieldsFrom, readFields, typedOver } from '../../_parts/brand.ts';
import { backTo, brandPath, refused, withUpload } from '../../_parts/brand-page.ts';

const outdated =
  'Somebody else saved the brand while you typed. Below is what you typed; “All pages as they are now” shows theirs. Saving again puts yours in its place.';

/** Saves the brand, with a picture that was chosen but not uploaded yet: pages and mails have it from the next request on. */
export const POST = consoleUpload('manage_brand', brandPath, async ({ member, form, files }) => {
  const typed = fieldsFrom(form);
  let fields = typed;
  try {
    fields = await withUpload(member, typed, files);
  } catch (error) {
    return refused(typed, error, 'logo_file');
  }
  const { tokens } = readFields(fields);
  if (!tokens) return backTo(fields, { error: 'Some of it cannot be used as it is; see below. Nothing was changed.' });
  try {
    const changed = await changeBrand(member.ctx, tokens, fields[typedOver]);
    if (changed === 'outdated') return backTo({ ...fields, [typedOver]: '' }, { error: outdated });
    return seeOther(`${brandPath}?done=${changed.length > 0 ? 'saved' : 'same'}`);
  } catch (error) {
    return refused(fields, error);
  }
});
