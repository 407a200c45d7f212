/** What the browser at hand sends along. Imports nothing, so that a test can put it in the place of `next/headers`. */
export const jar = new Map<string, string>();

export const cookiesOfJar = async () => ({
  get: (name: string) => (jar.has(name) ? { value: jar.get(name) } : undefined),
});
