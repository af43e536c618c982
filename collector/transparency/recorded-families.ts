import { kindDefinition, kindNames } from '#shared/events/kinds.ts';

export interface Family {
  title: string;
  kinds: { name: string; description: string }[];
}

const familyWords: Record<string, string> = {
  media: 'Removable media and devices',
  drive: 'Encryption of drives',
  document: 'Saved documents',
  documents: 'Documents on local disks',
  identifiers: 'Identifiers of people in documents, as counts',
  software: 'Software',
  posture: 'Protection of the computer',
  code: 'One-time codes',
  agent: 'The agent itself',
  inventory: 'The computer',
  events: 'Gaps in the record',
};

/** Everything an agent can record, by what it is about. It follows the list of events, so it cannot fall behind. */
export function recordedFamilies(): Family[] {
  const families = new Map<string, Family>();
  for (const name of kindNames) {
    const word = name.slice(0, name.indexOf('.'));
    const family = families.get(word) ?? { title: familyWords[word] ?? word, kinds: [] };
    family.kinds.push({ name, description: kindDefinition(name).description });
    families.set(word, family);
  }
  return [...families.values()];
}

/** What no part of the product looks at; each is held by the schema of the events. */
export const neverRecorded: readonly string[] = [
  'what is in a document, a message or a mail, or any identifier found in it',
  'keystrokes, the screen, the camera, the microphone or the web pages somebody visits',
  'what is on a phone that is plugged in to charge',
  'anything at all on a private computer',
];
