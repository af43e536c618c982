import { cleanText } from '../text.ts';
import { type About, localTime } from './about.ts';
import { registeredStates } from './register.ts';
import type { Leaf, Obstacle, Truth } from './truth.ts';

/** Why a condition does not hold, in a sentence for people: the facts that differ first, then those not known. */
export function explain({ differing, unknown }: Truth, subject: About): string {
  const said = differing.map((obstacle) => obstacleWords(obstacle, subject));
  if (unknown.length > 0) said.push(`not known: ${[...new Set(unknown.map(pathOf))].join(', ')}`);
  return cleanText(`${sentenceStart(said.join('; '))}.`);
}

const pathOf = ({ part, name }: Leaf) => `${part}.${name}`;

function obstacleWords(obstacle: Obstacle, subject: About): string {
  return 'excepted' in obstacle ? exceptionWords(obstacle.excepted) : differenceWords(obstacle, subject);
}

function differenceWords(leaf: Leaf, subject: About): string {
  const path = pathOf(leaf);
  if (path === 'device.in') return `the device is not on the list ${inWords(leaf.wanted)}`;
  if (isPersonal(leaf)) return `${path} is another`;
  return `${path} is ${inWords(given(leaf, subject))}, not ${inWords(leaf.wanted)}`;
}

function given({ part, name }: Leaf, subject: About): unknown {
  if (part === 'device' && name === 'register') return registeredStates(subject);
  if (part === 'volume' && name === 'encryptedBy') return 'another key';
  if (part === 'time') return localWords(subject);
  return (subject.facts[part] as Record<string, unknown> | undefined)?.[name];
}

function localWords(subject: About): string {
  const { day = '', minute = 0 } = localTime(subject) ?? {};
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function exceptionWords(leaf: Leaf | undefined): string {
  if (!leaf) return 'everything is excepted';
  return isPersonal(leaf) ? `${pathOf(leaf)} is excepted` : `${pathOf(leaf)} ${inWords(leaf.wanted)} is excepted`;
}

/** Names of people stay out of explanations: one person's notice must not name another. */
function isPersonal({ part }: Leaf): boolean {
  return part === 'user';
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
