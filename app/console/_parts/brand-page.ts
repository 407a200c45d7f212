import type { BrandFields } from '#components/console/brand-form.tsx';
import { storedTokens } from '#lib/branding/index.ts';
import { seeOther } from '#lib/browser/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { type Session, sentenceOf } from '#lib/session/index.ts';
import { keepLogo } from '#lib/tenancy/index.ts';
import { fieldsOf, packed } from './brand.ts';

export const brandPath = '/console/brand';

/** The brand as it is saved, as the form has it. */
export const savedFields = ({ partner }: Session): BrandFields => fieldsOf(storedTokens(partner.theme), partner.name);

/** Back to the form with everything that was typed. */
export const backTo = (fields: BrandFields, told: Record<string, string>): Response =>
  seeOther(`${brandPath}?${new URLSearchParams({ ...told, typed: packed(fields) })}`);

/** Back to the form with the sentence of what was refused beside its field, or above when it belongs to none. */
export const refused = (fields: BrandFields, error: unknown, field?: 'logo_file'): Response =>
  backTo(fields, { [field ?? 'error']: sentenceOf(error) });

type Files = ReadonlyMap<string, readonly Uint8Array[]>;

/** The one picture that was chosen, or null. Throws invalid_request for more than one, and for files where none belongs. */
export function chosenFile(files: Files): Uint8Array | null {
  const all = [...files.values()].flat();
  const [file] = files.get('logo_file') ?? [];
  if (all.length > 1) throw new AppError('invalid_request', 'Choose one file at a time.');
  if (all.length === 1 && !file) throw new AppError('invalid_request', 'This form cannot be read.');
  return file ?? null;
}

/** Keeps the picture that was chosen, and chooses it as the logo; the fields as they are when none was. */
export async function withUpload({ ctx }: Session, fields: BrandFields, files: Files): Promise<BrandFields> {
  const file = chosenFile(files);
  return file ? { ...fields, logo: (await keepLogo(ctx, file)).path } : fields;
}
