/** Chance that repeats: the same seed gives the same draws. */
export interface Random {
  below(limit: number): number;
  oneOf<T>(values: readonly [T, ...T[]]): T;
  word(length: number): string;
}

/** mulberry32: small, even and repeatable, which is all that is asked of it. */
export function randomOf(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return {
    below,
    oneOf: (values) => values[below(values.length)] ?? values[0],
    word: (length) => Array.from({ length }, () => letters[below(letters.length)]).join(''),
  };
}
