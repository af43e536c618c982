import type { EventOf } from '#shared/events/kinds.ts';
import type { Software, softwareKinds } from '#shared/events/software.ts';
import { counted } from '../words.ts';
import { type Fact, factList, type Story } from './fact.ts';

type SoftwareEvent = { [K in keyof typeof softwareKinds]: EventOf<K> }[keyof typeof softwareKinds];

export function softwareStory(event: SoftwareEvent): Story {
  switch (event.kind) {
    case 'software.listed':
      return {
        headline: `Software found at first look: ${counted(event.data.software.length, 'title')}`,
        facts: factList({ Source: event.data.source, Part: `${event.data.part} of ${event.data.parts}` }),
      };
    case 'software.installed':
      return {
        headline: `Software installed: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, approvalFacts(event.data)),
      };
    case 'software.updated':
      return {
        headline: `Software updated: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, {
          'Version before': event.data.previousVersion,
          ...approvalFacts(event.data),
        }),
      };
    case 'software.decided':
      return {
        headline: `Installed software ${event.data.approval === 'approved' ? 'approved' : 'no longer approved'}: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, approvalFacts(event.data)),
      };
    case 'software.removed':
      return {
        headline: `Software removed: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, {}),
      };
  }
}

type Judged = EventOf<'software.installed'>['data'];

function approvalFacts({ approval, because = 'list', request }: Judged): Record<string, string> {
  const isApproved = approval === 'approved';
  return { Approval: reasons[because](isApproved), ...(request !== undefined && { Permission: request }) };
}

const reasons: Record<NonNullable<Judged['because']>, (isApproved: boolean) => string> = {
  request: () => 'A request was granted for it',
  disallowed: () => 'Disallowed in the register of software',
  tolerated: () => 'Tolerated for a while',
  'tolerance-over': () => 'Not approved: the time for which it was tolerated is over',
  unsupported: () => 'Not approved: its maker looks after it no more',
  register: () => 'Approved in the register of software',
  list: (isApproved) => (isApproved ? 'On the approved list' : 'Not on the approved list'),
};

function named({ name, version }: Software): string {
  return `${name} ${version}`.trim();
}

function softwareFacts(software: Software, more: Record<string, string>): Fact[] {
  return factList({
    Title: software.name,
    Version: software.version,
    ...more,
    Publisher: software.publisher,
    'Installed by': software.source,
    Architecture: software.architecture,
  });
}
