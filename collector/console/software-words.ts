import type { softwareSources } from '#shared/events/software.ts';
import type { TitleState } from '../register/software-list.ts';
import type { SoftwareInstallsTable } from '../store/register-tables.ts';
import type { Tag } from './severity.ts';
import { dayInWords, dayOf } from './words.ts';

export const stateTags: Record<TitleState, Tag> = {
  disallowed: { text: 'Disallowed', colour: 'red' },
  'tolerance-over': { text: 'Tolerance is over', colour: 'orange' },
  undecided: { text: 'Not decided', colour: 'orange' },
  unsupported: { text: 'No longer supported', colour: 'orange' },
  tolerated: { text: 'Tolerated', colour: 'yellow' },
  approved: { text: 'Approved', colour: 'green' },
  build: { text: 'Part of the build', colour: 'grey' },
};

interface Standing {
  state: TitleState;
  tolerated_until: number | null;
  unsupported_since: string | null;
}

/** With the day that belongs to it: `Tolerated until 30 June 2027`. */
export function standingTag({ state, tolerated_until, unsupported_since }: Standing): Tag {
  const tag = stateTags[state];
  if (state === 'tolerated' && tolerated_until !== null) {
    return { ...tag, text: `Tolerated until ${dayInWords(dayOf(tolerated_until - 1))}` };
  }
  if (state === 'unsupported' && unsupported_since !== null) {
    return { ...tag, text: `Unsupported since ${dayInWords(unsupported_since)}` };
  }
  return tag;
}

const approvalTags: Record<SoftwareInstallsTable['approval'], Tag> = {
  baseline: { text: 'Part of the build', colour: 'grey' },
  approved: { text: 'Approved', colour: 'green' },
  unapproved: { text: 'Not approved', colour: 'orange' },
};

export function approvalTag(approval: SoftwareInstallsTable['approval']): Tag {
  return approvalTags[approval];
}

const sources: Record<(typeof softwareSources)[number], string> = {
  dpkg: 'Debian package',
  rpm: 'RPM package',
  snap: 'Snap',
  flatpak: 'Flatpak',
  appimage: 'AppImage',
  executable: 'Program file',
  windows: 'Windows',
  appx: 'Microsoft Store',
  macos: 'macOS',
  pkg: 'macOS package',
};
export const sourceOptions = Object.entries(sources).map(([value, text]) => ({ value, text }));

export function sourceWords(source: string): string {
  return sourceOptions.find(({ value }) => value === source)?.text ?? source;
}

/** Seats held against used: `12 of 10 seats used`. */
export function seatsTag(installs: number, seats: number | null, licence: string | null): Tag | undefined {
  if (seats === null) return licence === null ? undefined : { text: 'Licence held', colour: 'green' };
  return { text: `${installs} of ${seats} seats used`, colour: installs > seats ? 'red' : 'green' };
}
