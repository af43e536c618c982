const browsers = [
  ['Edg', 'Edge'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const systems = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Mac OS', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** `Firefox on Windows` from what a browser says of itself: for people to know their sessions apart, no proof. Pure. */
export function browserWords(userAgent: string | null): string {
  const find = (list: typeof browsers | typeof systems) => list.find(([mark]) => userAgent?.includes(mark))?.[1];
  return `${find(browsers) ?? 'A program'}${find(systems) ? ` on ${find(systems)}` : ''}`;
}
