import type { en } from './en.ts';

type Worded<T> = { readonly [Key in keyof T]: T[Key] extends string ? string : Worded<T[Key]> };

/** English decides which things are said; a language that leaves one out, or says one more, does not compile. */
export type Messages = Worded<typeof en>;
