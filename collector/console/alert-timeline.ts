import type { StoredEvent } from '../alerting/alert-detail.ts';
import type { AlertHistoryTable } from '../store/tables.ts';
import type { Fact } from './facts/fact.ts';
import { actorFacts, storyOf } from './facts/story.ts';
import { type Moment, moment, sentence } from './words.ts';

export interface TimelineItem {
  title: string;
  by: string;
  at: Moment;
  /** The collector's clock, where the computer's says something else. */
  received?: Moment;
  text?: string | undefined;
  facts?: Fact[];
  order: number;
}

/** Clocks that differ by less, in milliseconds, are called the same. */
const sameClock = 2 * 60_000;

/** What happened and what people did about it, by the collector's clock: the only one that all of it shares. Pure. */
export function timeline(
  events: readonly StoredEvent[],
  history: readonly AlertHistoryTable[],
  names: ReadonlyMap<string, string>,
): TimelineItem[] {
  const items = [...events.map(eventItem), ...history.map((step) => stepItem(step, names))];
  return items.sort((left, right) => left.order - right.order);
}

export function eventItem({ event, kind, seq, at, receivedAt }: StoredEvent): TimelineItem {
  const story = event && storyOf(event);
  return {
    title: story?.headline ?? sentence(kind),
    by: `Event ${seq.toLocaleString('en-GB')} of this computer`,
    at: moment(at),
    ...(Math.abs(receivedAt - at) > sameClock ? { received: moment(receivedAt) } : {}),
    ...(event && story
      ? { facts: [...actorFacts(event), ...story.facts] }
      : { text: 'The details are no longer kept.' }),
    order: receivedAt,
  };
}

const stepWords: Record<AlertHistoryTable['action'], string> = {
  opened: 'Alert opened',
  acknowledged: 'Acknowledged',
  assigned: 'Assigned',
  closed: 'Closed',
  reopened: 'Reopened',
  noted: 'Note',
  told: 'Notice sent out',
  reminded: 'Reminder of a notice',
  escalated: 'Notice went up',
  answered: 'Notice answered',
};

function stepItem(step: AlertHistoryTable, names: ReadonlyMap<string, string>): TimelineItem {
  const by = step.account_id === null ? 'The collector' : (names.get(step.account_id) ?? 'A former account');
  return { title: stepWords[step.action], by, at: moment(step.at), text: step.note ?? undefined, order: step.at };
}
