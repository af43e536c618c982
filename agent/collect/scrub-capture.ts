import type { Captured, Gathered } from './captured.ts';
import type { Scrub } from './scrub.ts';

/** Pure. What may leave the computer, or undefined when the content is not what its kind says, so that nobody can tell. */
export function scrubbed({ content, kind }: Captured, scrub: Scrub): string | Buffer | undefined {
  const text = content.toString();
  switch (kind) {
    case 'text':
      return scrub(text);
    case 'plist':
      return text.replace(/(<(?:string|data)>)([^<]*)/g, (_, tag: string, inner: string) => `${tag}${scrub(inner)}`);
    case 'json':
      return scrubbedJson(text, scrub);
    case 'numbers':
      return /^[\s\d.:a-fx-]{0,64}$/i.test(text) ? text : undefined;
    case 'whole':
      return content;
    default:
      return kind satisfies never;
  }
}

function scrubbedJson(text: string, scrub: Scrub): string | undefined {
  try {
    return JSON.stringify(within(JSON.parse(text), scrub), null, 1);
  } catch {
    return undefined;
  }
}

/** Names of members come from the tool that wrote them; anything that does not look so is judged like a text. */
function within(value: unknown, scrub: Scrub): unknown {
  if (typeof value === 'string') return scrub(value);
  if (Array.isArray(value)) return value.map((one) => within(one, scrub));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, one]) => [
    /^[_a-z][\w:%-]{0,40}$/i.test(name) ? name : scrub(name),
    within(one, scrub),
  ]);
  return Object.fromEntries(members);
}

export function scrubbedLinks({ links }: Gathered, scrub: Scrub): [string, string][] {
  return links.map(([from, to]) => [scrub(from), scrub(to)]);
}
