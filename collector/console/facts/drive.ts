import type { DriveFacts, driveKinds } from '#shared/events/drive.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import { moment, size } from '../words.ts';
import { encryptionWords } from './device.ts';
import { type Fact, factList, type Story } from './fact.ts';

type DriveEvent = { [K in keyof typeof driveKinds]: EventOf<K> }[keyof typeof driveKinds];

export function driveStory(event: DriveEvent): Story {
  const { drive } = event.data;
  const facts = driveFacts(drive);
  if (event.kind === 'drive.removed') return { headline: `Drive no longer in use: ${drive.name}`, facts };
  const { previous, since, approval } = event.data;
  const before = previous === undefined ? [] : [{ term: 'Before', text: encryptionWords(previous) }];
  const excepted = approval === undefined ? [] : [{ term: 'Permitted by', text: `Exception ${approval}` }];
  const seen = moment(Date.parse(since));
  return {
    headline: `Drive ${drive.name}: ${encryptionWords(drive.encryption, drive.method)}`,
    facts: [...facts, ...before, ...excepted, { term: 'In this state since', text: seen.words, moment: seen }],
  };
}

function driveFacts(drive: DriveFacts): Fact[] {
  return factList({
    Drive: drive.name,
    Encryption: encryptionWords(drive.encryption, drive.method),
    Because: drive.because,
    Use: drive.use === 'swap' ? 'Swap space: memory is written to it' : 'Files',
    'Mounted at': drive.mountPoints.slice(0, 8).join(', '),
    'File system': drive.filesystem,
    Size: drive.sizeBytes === undefined ? undefined : size(drive.sizeBytes),
  });
}
