import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { cleanText } from '#shared/text.ts';

const longestLine = 160;

/** One event in one line of a terminal: local time, kind, and the facts that fit. Hostile strings are made harmless. */
export function eventLine(event: PortcullisEvent): string {
  const time = new Date(event.at).toLocaleTimeString('en-GB');
  return `${time}  ${event.kind.padEnd(24)}  ${cleanText(factsOf(event.data)).slice(0, longestLine)}`;
}

/** Names and values of the facts, flattened; lists only as their length when they are long. */
function factsOf(value: unknown, name = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '';
    return value.length > 2 ? `${name} ${value.length}` : value.map((member) => factsOf(member, name)).join(', ');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, member]) => factsOf(member, key))
      .filter((text) => text !== '')
      .join(', ');
  }
  return name === '' ? String(value) : `${name} ${value}`;
}
