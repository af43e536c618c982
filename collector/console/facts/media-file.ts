import type { EventData, EventOf } from '#shared/events/kinds.ts';
import { counted, duration, size } from '../words.ts';
import { deviceFacts, deviceName, volumeFacts } from './device.ts';
import { type Fact, factList, type Story } from './fact.ts';
import { bandCountsText, findingFacts, findingWords } from './finding.ts';
import { registerFacts } from './media.ts';

type FileEvent =
  | EventOf<'media.file-written'>
  | EventOf<'media.file-inspected'>
  | EventOf<'media.file-not-inspected'>
  | EventOf<'media.file-renamed'>
  | EventOf<'media.file-deleted'>;
type MediaFileEvent = FileEvent | EventOf<'media.session'>;

export function mediaFileStory(event: MediaFileEvent): Story {
  const medium = deviceName(event.data.device);
  if (event.kind === 'media.session') return sessionStory(event.data, medium);
  return {
    headline: `${happened(event)}: ${medium}`,
    facts: [...facts(event), ...fileFacts(event.data), ...mediumFacts(event.data)],
  };
}

const unreadWords = {
  'medium-gone': 'The medium was gone before the file could be read',
  'file-gone': 'The file was gone before it could be read',
  'agent-ended': 'The agent ended before it could read the file',
};

function happened(event: FileEvent): string {
  switch (event.kind) {
    case 'media.file-written':
      return 'File written';
    case 'media.file-inspected':
      return `File looked into, ${findingWords(event.data)}`;
    case 'media.file-not-inspected':
      return 'File could not be looked into';
    case 'media.file-renamed':
      return 'File renamed or moved';
    case 'media.file-deleted':
      return 'File deleted';
  }
}

function facts(event: FileEvent): Fact[] {
  switch (event.kind) {
    case 'media.file-inspected':
      return findingFacts(event.data);
    case 'media.file-not-inspected':
      return factList({ Because: unreadWords[event.data.because] });
    case 'media.file-written':
      return factList({
        'How it was found': event.data.foundByRescan
          ? 'By a look through the medium, so the time is that of the finding'
          : undefined,
      });
    case 'media.file-renamed':
    case 'media.file-deleted':
      return [];
  }
}

type File = Pick<EventData<'media.file-written'>, 'device' | 'volume' | 'nameHash' | 'extension' | 'name'>;

function fileFacts({
  nameHash,
  extension,
  name,
  ...rest
}: File & { sizeBytes?: number; formerNameHash?: string }): Fact[] {
  return factList({
    'Type of file': extension === undefined ? undefined : `.${extension}`,
    Size: rest.sizeBytes === undefined ? undefined : size(rest.sizeBytes),
    'File name': name,
    'Mark that tells files apart': name === undefined ? `${nameHash.slice(0, 8)}…` : undefined,
    'Mark before': rest.formerNameHash && `${rest.formerNameHash.slice(0, 8)}…`,
  });
}

function mediumFacts(data: File): Fact[] {
  return [...registerFacts(data), ...deviceFacts(data.device), ...volumeFacts(data.volume)];
}

function sessionStory(data: EventData<'media.session'>, medium: string): Story {
  const { written, renamed, deleted, bytes, bands, notInspected, durationMs, isWhole, volumes } = data;
  return {
    headline: `Medium is gone, ${counted(written, 'file')} written: ${medium}`,
    facts: [
      ...factList({
        'In use for': duration(durationMs),
        'Files written': `${written.toLocaleString('en-GB')}, ${size(bytes)}`,
        'Files renamed': renamed.toLocaleString('en-GB'),
        'Files deleted': deleted.toLocaleString('en-GB'),
        'Identifiers of people': bandCountsText(bands, notInspected),
        'Not the whole of it': isWhole
          ? undefined
          : 'The agent was away, or signals were lost, for a part of that time',
      }),
      ...registerFacts(data),
      ...deviceFacts(data.device),
      ...volumes.slice(0, 1).flatMap(volumeFacts),
    ],
  };
}
