/*
 * Sizes as events tell them. A file may call itself larger than any disk, and a device may claim any number of bytes;
 * beyond what a number holds exactly it stays at that, because the collector takes no other.
 */
export function bytesTold(size: number): number {
  return Math.min(size, Number.MAX_SAFE_INTEGER);
}

export function totalBytes(sizes: readonly number[]): number {
  return bytesTold(sizes.reduce((sum, size) => sum + size, 0));
}
