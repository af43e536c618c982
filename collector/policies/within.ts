/** The inner map of a key, made at first use. */
export function within<K, I, V>(maps: Map<K, Map<I, V>>, key: K): Map<I, V> {
  let found = maps.get(key);
  if (!found) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}
