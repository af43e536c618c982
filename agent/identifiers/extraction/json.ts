import type { Document } from './reader.ts';
import { chunkTexts } from './scan-markup.ts';

const longestEscape = 6;
const escapes: Record<string, string> = { n: '\n', r: '\n', t: '\t', b: ' ', f: '\n', '/': '/', '\\': '\\', '"': '"' };

/** JSON and JSON lines are told as they stand, with the escapes of their strings undone: the names give the context. */
export function readJson(document: Document): void {
  let rest = '';
  for (const piece of chunkTexts(document)) {
    const text = rest + piece;
    const backslash = text.lastIndexOf('\\', text.length - 1);
    const whole = backslash < text.length - longestEscape ? text.length : firstOfRun(text, backslash);
    document.sink.text(unescaped(text.slice(0, whole)));
    rest = text.slice(whole);
  }
  document.sink.text(unescaped(rest));
}

/** Where the backslashes that end at `last` begin, so that a pair of them is not cut apart. */
function firstOfRun(text: string, last: number): number {
  let first = last;
  while (first > 0 && last - first < longestEscape && text[first - 1] === '\\') first -= 1;
  return first;
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
