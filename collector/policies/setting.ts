import { isScalar, parseDocument } from 'yaml';
import { InvalidError } from '#shared/errors.ts';

/**
 * A policy text with one of its top-level words replaced, and every other character, comments included, as it was.
 * @throws InvalidError when there is no such word
 */
export function withSetting(text: string, name: 'mode' | 'organisation', value: string): string {
  const node = parseDocument(text).get(name, true);
  if (!isScalar(node) || !node.range) throw new InvalidError(`The policy has no "${name}".`);
  const [start, end] = node.range;
  // Any text in double quotes as JSON writes it is the same in YAML.
  const written = /^[A-Za-z][A-Za-z-]*$/.test(value) ? value : JSON.stringify(value);
  return text.slice(0, start) + written + text.slice(end);
}
