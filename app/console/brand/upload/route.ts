import { AppError } from '#lib/kernel/errors.ts';
import { consoleUpload } from '#lib/session/index.ts';
import { fieldsFrom } from '../../_parts/brand.ts';
import { backTo, brandPath, chosenFile, refused, withUpload } from '../../_parts/brand-page.ts';

/** Keeps a picture to choose from; nothing shows it until it is saved. What else was typed stays in the form. */
export const POST = consoleUpload('manage_brand', brandPath, async ({ member, form, files }) => {
  const typed = fieldsFrom(form);
  try {
    if (!chosenFile(files)) throw new AppError('invalid_request', 'Choose a file first.');
    return backTo(await withUpload(member, typed, files), { done: 'uploaded' });
  } catch (error) {
    return refused(typed, error, 'logo_file');
  }
});
