/** A name somebody signs in to a computer with, in small letters: whole, and without its domain. Pure. */
export function osNameKey(name: string): { full: string; local: string } {
  const full = name.trim().toLowerCase();
  const local = full.slice(full.lastIndexOf('\\') + 1).replace(/@.*$/, '');
  return { full, local };
}

/**
 * Whether the name a computer gave is one that the register knows. One that is registered with its domain
 * (`FOCUS\pat`, `pat@focus.example`) must come with it; one without fits in every domain. Pure.
 */
export function osNameMatches(registered: string, seen: string): boolean {
  const known = osNameKey(registered);
  const given = osNameKey(seen);
  return known.full === given.full || (known.full === known.local && known.local === given.local);
}
