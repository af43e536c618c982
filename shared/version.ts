import { readFileSync } from 'node:fs';

/** The version of this product, from its package.json. */
export function productVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Three numbers, as packages of Windows want them, and perhaps a word for what comes before the version itself. */
export const versionPattern = '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}(-[0-9A-Za-z]{1,20})?$';
const parts = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:-([0-9A-Za-z]{1,20}))?$/;

/** Negative when `left` is older than `right`, 0 when neither is. What is no version is older than every version. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parts.exec(left), parts.exec(right)];
  if (!a || !b) return Number(a !== null) - Number(b !== null);
  for (const place of [1, 2, 3]) {
    const difference = Number(a[place]) - Number(b[place]);
    if (difference !== 0) return difference;
  }
  const [before, after] = [a[4], b[4]];
  if (before === after) return 0;
  if (before === undefined || after === undefined) return before === undefined ? 1 : -1;
  return before < after ? -1 : 1;
}
