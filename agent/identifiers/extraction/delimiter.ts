/** What may stand between two cells, the likeliest first. */
const delimiters = ['\t', ',', ';', '|'];
const mostLines = 20;
/** Lines of prose have as many commas as each other by chance; so many in a row do not. */
const fewestLines = 5;

/**
 * What stands between the cells of a table, from its first lines: what every line has as often as the others, or else
 * what the first line has most of. A line `sep=;` at the top, which spreadsheets write, settles it.
 */
export function delimiterOf(head: string): string {
  const stated = /^\ufeff?"?sep=([\t,;|])/i.exec(head)?.[1];
  const [first = ''] = head.split(/[\r\n]/, 1);
  return stated ?? regularDelimiter(head, 2) ?? mostFrequent(first) ?? ',';
}

/** Whether lines that nobody calls a table are one. */
export function looksLikeTable(head: string): boolean {
  return regularDelimiter(head, fewestLines) !== null;
}

function regularDelimiter(head: string, fewest: number): string | null {
  // What the head cuts off would have fewer.
  const lines = head
    .split(/\r\n|\r|\n/)
    .slice(0, -1)
    .filter((line) => line !== '')
    .slice(0, mostLines);
  if (lines.length < fewest) return null;
  const isRegular = (delimiter: string) => {
    const counts = lines.map((line) => countOf(line, delimiter));
    return (counts[0] ?? 0) > 0 && counts.every((count) => count === counts[0]);
  };
  return delimiters.find(isRegular) ?? null;
}

function mostFrequent(line: string): string | null {
  const [best = null] = delimiters
    .filter((delimiter) => line.includes(delimiter))
    .sort((one, other) => countOf(line, other) - countOf(line, one));
  return best;
}

/** How often it stands outside quotes. */
function countOf(line: string, delimiter: string): number {
  let count = 0;
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) count += 1;
  }
  return count;
}
