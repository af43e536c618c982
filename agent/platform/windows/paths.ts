/**
 * Paths within the agent have slashes, no slash at the end but after a drive's letter, and the letter in capitals.
 * Windows takes them so. @returns `C:/Users/anna`, `D:/`, `//server/share`
 */
export function plainPath(path: string): string {
  const plain = path
    .replace(/^\\\\\?\\(?:UNC\\)?/, (start) => (start.endsWith('UNC\\') ? '\\\\' : ''))
    .replaceAll('\\', '/');
  const lettered = plain.replace(/^[a-z]:/, (letter) => letter.toUpperCase());
  return lettered.length > 3 ? lettered.replace(/\/+$/, '') : lettered;
}

/** Whether a path is that of the folder or below it. Windows takes large and small letters as the same. */
export function isWithinOnWindows(path: string, folder: string): boolean {
  const [inner, outer] = [path.toLowerCase(), folder.replaceAll('\\', '/').toLowerCase().replace(/\/$/, '')];
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === '/');
}
