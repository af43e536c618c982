import type { VolumeFacts } from '#shared/device/facts.ts';
import type { EventData, EventOf } from '#shared/events/kinds.ts';
import type { mediaKinds } from '#shared/events/media.ts';
import type { RegisterState } from '#shared/policy/conditions.ts';
import { counted } from '../words.ts';
import { deviceFacts, deviceName, volumeFacts } from './device.ts';
import { type Fact, factList, type Story } from './fact.ts';

/** What happens to the medium itself; its files have stories of their own. */
type MediaKind = Exclude<keyof typeof mediaKinds, `media.file-${string}` | 'media.session'>;
type MediaEvent = { [K in MediaKind]: EventOf<K> }[MediaKind];

export function mediaStory(event: MediaEvent): Story {
  const { device } = event.data;
  return {
    headline: `${happened(event)}: ${deviceName(device)}`,
    facts: [...deviceFacts(device), ...registerFacts(event.data), ...parts(event)],
  };
}

const registerWords: Record<RegisterState, string> = {
  issued: 'Issued',
  expired: 'Issued, and past its day',
  lost: 'Reported lost',
  returned: 'Returned',
  retired: 'Retired',
  unregistered: 'Not in the register',
};

export function registerFacts(data: { register?: RegisterState } | object): Fact[] {
  return 'register' in data && data.register ? [{ term: 'Media register', text: registerWords[data.register] }] : [];
}

function happened(event: MediaEvent): string {
  switch (event.kind) {
    case 'media.attached':
      return event.data.presentAtStart ? 'Connected when the agent started' : 'Connected';
    case 'media.changed':
      return 'Contents changed or became known';
    case 'media.mounted':
      return 'Came into use';
    case 'media.unmounted':
      return 'Went out of use';
    case 'media.removed':
      return 'Disconnected';
    case 'media.decided':
      return 'Policy decided anew';
    case 'media.scanned':
      return scanned[event.data.result];
  }
}

function parts(event: MediaEvent): Fact[] {
  switch (event.kind) {
    case 'media.mounted':
    case 'media.unmounted':
      return volumeFacts(event.data.volume);
    case 'media.attached':
    case 'media.changed':
      return volumesFacts(event.data.volumes);
    case 'media.decided':
      return event.data.volume ? volumeFacts(event.data.volume) : [];
    case 'media.scanned':
      return scanFacts(event.data);
    case 'media.removed':
      return [];
  }
}

const scanned = {
  clean: 'Scanned, nothing found',
  infected: 'Scanned, something was found',
  'not-scanned': 'Could not be scanned whole',
};

function scanFacts({
  infected,
  files,
  unread,
  engine,
  signatures,
  durationMs,
  because,
}: EventData<'media.scanned'>): Fact[] {
  return factList({
    'Files with a finding': infected?.toLocaleString('en-GB'),
    'Files looked into': files?.toLocaleString('en-GB'),
    'Files not looked into whole': unread?.toLocaleString('en-GB'),
    Antivirus: engine,
    Signatures: signatures,
    Duration: `${(durationMs / 1000).toFixed(1)} seconds`,
    Because: because,
  });
}

function volumesFacts(volumes: readonly VolumeFacts[]): Fact[] {
  const [only] = volumes;
  if (only === undefined) return [{ term: 'Volumes', text: 'None seen' }];
  if (volumes.length === 1) return volumeFacts(only);
  const shown = volumes.slice(0, 8).flatMap((volume, index) =>
    volumeFacts(volume)
      .filter((fact) => fact.term === 'Encryption' || fact.term === 'Name of the volume')
      .map((fact) => ({ ...fact, term: `${fact.term} (${index + 1} of ${volumes.length})` })),
  );
  return [{ term: 'Volumes', text: counted(volumes.length, 'volume') }, ...shown];
}
