import type { DeviceClass, EncryptionState } from '#shared/device/facts.ts';
import type { MediaRegisterView } from '../store/register-tables.ts';
import { deviceClassWords } from './facts/device.ts';
import type { Tag } from './severity.ts';

type Named = Pick<MediaRegisterView, 'class' | 'vendor' | 'product'> & { label?: string | null };

/** `SanDisk Ultra`; what is written on it, or what kind of thing it is, when it does not say. */
export function mediumName({ class: word, vendor, product, label }: Named): string {
  return [vendor, product].filter(Boolean).join(' ') || (label ?? classWords(word));
}

export function classWords(word: string | null): string {
  if (word === null) return 'Issued, never seen';
  // The word was checked against the closed list when the event came.
  return deviceClassWords[word as DeviceClass];
}

const encryptionTags: Record<EncryptionState, Tag> = {
  encrypted: { text: 'Encrypted', colour: 'green' },
  locked: { text: 'Encrypted, not opened', colour: 'green' },
  plain: { text: 'Not encrypted', colour: 'red' },
  suspended: { text: 'Suspended', colour: 'red' },
  unknown: { text: 'Not known', colour: 'yellow' },
};

export function encryptionTag(state: string | null): Tag {
  return state === null ? { text: 'No volume seen', colour: 'grey' } : encryptionTags[state as EncryptionState];
}

const stateTags: Record<MediaRegisterView['state'], Tag> = {
  unregistered: { text: 'Not registered', colour: 'orange' },
  issued: { text: 'Issued', colour: 'green' },
  lost: { text: 'Lost', colour: 'red' },
  returned: { text: 'Returned', colour: 'blue' },
  retired: { text: 'Retired', colour: 'grey' },
};

export function mediumStateTag(state: MediaRegisterView['state'], expiresAt: number | null, now: number): Tag {
  if (state === 'issued' && expiresAt !== null && expiresAt <= now) return { text: 'Issue has expired', colour: 'red' };
  return stateTags[state];
}

/** How far the serial number can be believed, in a sentence. */
export function serialWords({ serial, serial_trust }: Pick<MediaRegisterView, 'serial' | 'serial_trust'>): string {
  switch (serial_trust) {
    case 'device':
      return serial ?? 'None given';
    case 'generated':
      return 'None of its own: the computer made one up, so this line is one socket of one computer';
    case 'shared':
      return `${serial ?? ''} – other devices have the same one, so it proves nothing`;
    default:
      return 'None: it cannot be told from others of its kind, so this line is one socket of one computer';
  }
}

export function serialTrustTag(trust: string): Tag {
  return trust === 'device'
    ? { text: 'Own serial number', colour: 'green' }
    : { text: 'Cannot be told apart', colour: 'yellow' };
}
