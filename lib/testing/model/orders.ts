/** Every way to do several things side by side, each in its own order. */
export function* interleavings<T>(sequences: readonly (readonly T[])[]): Generator<T[]> {
  if (sequences.every(({ length }) => length === 0)) yield [];
  for (const [index, [first, ...rest]] of sequences.entries()) {
    if (first === undefined) continue;
    for (const others of interleavings(sequences.with(index, rest))) yield [first, ...others];
  }
}
