import type { DeviceFacts, EncryptionState } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { type Inspection, tiers } from '#shared/identifiers/inspection.ts';
import type { NoticesTable } from '../store/notice-tables.ts';
import { deviceClassWords, encryptionWords } from './facts/device.ts';
import { placeWords } from './facts/document.ts';
import { type Fact, factList } from './facts/fact.ts';
import { bandWords } from './facts/finding.ts';
import { registerFacts } from './facts/media.ts';
import { counted } from './words.ts';

/**
 * What a supervisor may know of an event: kind and make of a device, the end of its number, states, counts and bands. Never
 * the name of a file, a place on a disk, or a value that was found. Pure.
 */
export function noticeFacts(event: PortcullisEvent | undefined, { count }: Pick<NoticesTable, 'count'>): Fact[] {
  if (!event) return [{ term: 'Details', text: 'No longer kept, or none were recorded' }];
  const { data } = event;
  return [
    ...('device' in data && data.device ? deviceLines(data.device) : []),
    ...factList({ Encryption: encryptionOf(data) }),
    ...registerFacts(data),
    ...factList({
      'Files written': event.kind.startsWith('media.file-') ? counted(count, 'file') : undefined,
      Place: 'place' in data ? placeWords[data.place] : undefined,
      Software: 'software' in data && 'name' in data.software ? data.software.name : undefined,
    }),
    ...('inspection' in data ? foundLines(data.inspection) : []),
    ...('band' in data ? factList({ 'Identifiers of people': bandWords(data.band) }) : []),
  ];
}

function deviceLines({ class: kind, vendor, product, serial, serialTrust }: DeviceFacts): Fact[] {
  return factList({
    'Kind of device': deviceClassWords[kind],
    Make: [vendor, product].filter(Boolean).join(' ') || 'It does not say',
    'Serial number': serialTrust === 'device' && serial ? `ends in ${serial.slice(-4)}` : 'None of its own',
  });
}

/** Of several volumes the one that is worst off. */
function encryptionOf(data: PortcullisEvent['data']): string | undefined {
  if ('volume' in data && data.volume) return encryptionWords(data.volume.encryption);
  if ('drive' in data) return encryptionWords(data.drive.encryption);
  if (!('volumes' in data)) return undefined;
  const order: EncryptionState[] = ['plain', 'suspended', 'unknown', 'locked', 'encrypted'];
  const worst = order.find((state) => data.volumes.some(({ encryption }) => encryption === state));
  return worst && encryptionWords(worst);
}

const sureWords = { high: 'Sure', medium: 'Likely', low: 'Possible', test: 'Numbers of the test range' };

function foundLines({ status, band, identifiers = {} }: Inspection): Fact[] {
  if (status !== 'inspected' || band === undefined) {
    return [{ term: 'Identifiers of people', text: 'Not known: the file could not be looked into' }];
  }
  const best = tiers.find((tier) => Object.values(identifiers).some((counts) => counts[tier] > 0));
  return factList({
    'Identifiers of people': bandWords(band),
    'How sure that is': band === 'none' || best === undefined ? undefined : sureWords[best],
  });
}
