import { consoleUpload } from '#lib/session/index.ts';
import { removeLogo } from '#lib/tenancy/index.ts';
import { fieldsFrom } from '../../_parts/brand.ts';
import { backTo, brandPath, refused } from '../../_parts/brand-page.ts';

/** Removes a logo that no page shows. What was typed stays in the form. */
export const POST = consoleUpload('manage_brand', brandPath, async ({ member, form }) => {
  const typed = fieldsFrom(form);
  const id = form.get('remove_logo') ?? '';
  try {
    await removeLogo(member.ctx, id);
  } catch (error) {
    return refused(typed, error, 'logo_file');
  }
  const without = (path: string | undefined) => (path?.includes(id) ? '' : (path ?? ''));
  return backTo(
    { ...typed, logo: without(typed['logo']), logo_dark: without(typed['logo_dark']) },
    { done: 'removed' },
  );
});
