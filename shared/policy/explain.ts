import { cleanText } from '../text.ts';
import { type About, localTime } from './about.ts';
import type { When } from './conditions.ts';
import type { Leaf } from './evaluate.ts';
import { obstacles } from './obstacles.ts';
import { registeredStates } from './register.ts';

/** Why a condition does not hold, in a sentence for people: the facts that differ first, then those not known. */
export function explain(when: When, subject: About): string {
  const { differing, unknown } = obstacles(when, subject);
  const said = differing.map(({ leaf, excluded }) => (excluded ? exclusionOf(leaf) : differenceOf(leaf, subject)));
  const missing = [...new Set(unknown.map(({ path }) => path))];
  const parts = [said.join('; '), missing.length === 0 ? '' : `not known: ${missing.join(', ')}`];
  return cleanText(`${sentenceStart(parts.filter(Boolean).join('; '))}.`);
}

function differenceOf(leaf: Leaf, subject: About): string {
  if (leaf.path === 'device.in') return `the device is not on the list ${inWords(leaf.wanted)}`;
  if (isPersonal(leaf)) return `${leaf.path} is another`;
  return `${leaf.path} is ${inWords(givenAt(leaf.path, subject))}, not ${inWords(leaf.wanted)}`;
}

function givenAt(path: string, subject: About): unknown {
  const [part = '', name = ''] = path.split('.');
  if (path === 'device.register') return registeredStates(subject);
  if (path === 'volume.encryptedBy') return 'another key';
  if (part === 'time') return localWords(subject);
  return (subject.facts as Record<string, Record<string, unknown> | undefined>)[part]?.[name];
}

function localWords(subject: About): string {
  const { day = '', minute = 0 } = localTime(subject) ?? {};
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function exclusionOf(leaf: Leaf): string {
  return isPersonal(leaf) ? `${leaf.path} is excepted` : `${leaf.path} ${inWords(leaf.wanted)} is excepted`;
}

/** Names of people stay out of explanations: one person's notice must not name another. */
function isPersonal({ path }: Leaf): boolean {
  return path.startsWith('user.');
}

const mostNamed = 3;

function inWords(value: unknown): string {
  if (Array.isArray(value)) {
    const named = value.slice(0, mostNamed).map(inWords).join(' or ');
    return value.length > mostNamed ? `${named} or ${value.length - mostNamed} more` : named || 'none';
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${inWords(inner)}`)
    .join(' ');
}

/** The names of facts keep their spelling; only words begin with a capital. */
function sentenceStart(text: string): string {
  if (/^\w+\./.test(text)) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
