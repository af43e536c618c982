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
        facts: softwareFacts(event.data.software, { Approval: approvals[event.data.approval] }),
      };
    case 'software.updated':
      return {
        headline: `Software updated: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, {
          'Version before': event.data.previousVersion,
          Approval: approvals[event.data.approval],
        }),
      };
    case 'software.removed':
      return {
        headline: `Software removed: ${named(event.data.software)}`,
        facts: softwareFacts(event.data.software, {}),
      };
  }
}

const approvals = { approved: 'On the approved list', unapproved: 'Not on the approved list' };

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
