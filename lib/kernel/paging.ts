export type Page<T> = { items: T[]; next: string | null };

/** Where a page ended, as a text that callers pass back untouched. */
export const encodeCursor = (parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
/** What a cursor says, or null for anything that is not one of ours. */
export function decodeCursor(cursor: string, length: number): string[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) && parts.length === length && parts.every((part) => typeof part === 'string')
      ? parts
      : null;
  } catch {
    return null;
  }
}
