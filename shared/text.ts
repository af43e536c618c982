/** Longest text from a device, a file or a person that an event carries, in characters. */
export const longestText = 255;

// Controls (Cc), formats such as bidirectional overrides and zero-width marks (Cf), lone surrogates (Cs),
// private use (Co) and line or paragraph separators: each can forge a log line or reverse what a reader sees.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

/**
 * Makes text of hostile origin harmless to show: every unsafe character becomes U+FFFD, outer blanks go, and what is
 * longer than `longest` characters is cut. Markup is left as it is, because escaping belongs to whoever prints it.
 */
export function cleanText(text: string, longest: number = longestText): string {
  return text
    .slice(0, longest * 4)
    .replace(unsafe, '\uFFFD')
    .trim()
    .slice(0, longest)
    .toWellFormed();
}
