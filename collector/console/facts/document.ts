import type { documentKinds, PathClass } from '#shared/events/document.ts';
import type { EventData, EventOf } from '#shared/events/kinds.ts';
import { counted, duration, size } from '../words.ts';
import { type Fact, factList, type Story } from './fact.ts';
import { bandCountsText, bandWords, drillFacts, findingFacts, findingWords } from './finding.ts';

type DocumentEvent = { [K in keyof typeof documentKinds]: EventOf<K> }[keyof typeof documentKinds];

export const placeWords: Record<PathClass, string> = {
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
  switch (event.kind) {
    case 'document.saved': {
      const { place, extension, foundByRescan } = event.data;
      const how = factList({
        'How it was found': foundByRescan ? 'By a later rescan, so the time is that of the finding' : undefined,
      });
      return {
        headline: `Document saved (.${extension}): ${placeWords[place]}`,
        facts: [...fileFacts(event.data), ...how],
      };
    }
    case 'document.inspected': {
      const { place, extension } = event.data;
      return {
        headline: `Document looked into (.${extension}), ${findingWords(event.data)}: ${placeWords[place]}`,
        facts: [...findingFacts(event.data), ...fileFacts(event.data)],
      };
    }
    case 'documents.swept':
      return sweptStory(event.data);
  }
}

type File = Pick<EventData<'document.saved'>, 'place' | 'extension' | 'sizeBytes' | 'name' | 'nameHash'>;

function fileFacts({ place, extension, sizeBytes, name, nameHash }: File): Fact[] {
  return factList({
    Place: placeWords[place],
    'Type of document': `.${extension}`,
    Size: size(sizeBytes),
    'File name': name,
    'Mark that tells files apart': name === undefined ? `${nameHash.slice(0, 8)}…` : undefined,
  });
}

function sweptStory({
  files,
  inspected,
  places,
  worstNew,
  isComplete,
  durationMs,
  detector,
  drill,
}: EventData<'documents.swept'>): Story {
  const lying = places.map(({ place, bands, notInspected }) => ({
    term: placeWords[place],
    text: bandCountsText(bands, notInspected),
  }));
  return {
    headline: `Local documents counted: ${counted(files, 'document')}, ${inspected.toLocaleString('en-GB')} looked into now`,
    facts: [
      ...lying,
      ...factList({
        'Most identifiers in one of those looked into now': worstNew && bandWords(worstNew),
        'Cut short': isComplete ? undefined : 'There were more folders than a sweep may walk',
        Duration: duration(durationMs),
        Detector: detector,
      }),
      ...drillFacts(drill),
    ],
  };
}
