export type SearchParams = Promise<Record<string, string | string[] | undefined>>;

/** The query of a page as single texts: what was typed comes back under `f_`, a refusal under `error`. */
export async function readQuery(searchParams: SearchParams) {
  const query = await searchParams;
  const text = (name: string): string | null => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 500) : null;
  };
  return { text, typed: (name: string) => text(`f_${name}`), error: text('error') };
}

/** A path of the console that a form named to come back to; anything else leads to the list. */
export const backOf = (form: URLSearchParams): string => {
  const back = form.get('back') ?? '';
  return /^\/console(?:\/[\w/-]*)?$/.test(back) ? back : '/console';
};

/** A field that may be left empty. */
export const filled = (form: URLSearchParams, name: string): string | undefined => form.get(name)?.trim() || undefined;
