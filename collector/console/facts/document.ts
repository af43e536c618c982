import type { documentKinds, PathClass } from '#shared/events/document.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import { size } from '../words.ts';
import { factList, type Story } from './fact.ts';

type DocumentEvent = { [K in keyof typeof documentKinds]: EventOf<K> }[keyof typeof documentKinds];

const places: Record<PathClass, string> = {
  'local-fixed': "This computer's own disk",
  desktop: 'Desktop',
  documents: 'Documents folder',
  downloads: 'Downloads folder',
  'personal-network': 'Personal network drive',
  removable: 'Removable medium',
  shared: 'Shared drive',
  'cloud-sync': 'Cloud folder',
  temporary: 'Temporary folder',
};

export function documentStory(event: DocumentEvent): Story {
  const { place, extension, sizeBytes, name, nameHash, foundByRescan } = event.data;
  return {
    headline: `Document saved (.${extension}): ${places[place]}`,
    facts: factList({
      Place: places[place],
      'Type of document': `.${extension}`,
      Size: size(sizeBytes),
      'File name': name,
      'Mark that tells files apart': name === undefined ? `${nameHash.slice(0, 8)}…` : undefined,
      'How it was found': foundByRescan ? 'By a later rescan, so the time is that of the finding' : undefined,
    }),
  };
}
