import Type from 'typebox';
import type { Decision, Outcome } from '../policy/decision.ts';
import { type Checker, checker, exactObject } from '../schema.ts';
import { agentKinds } from './agent.ts';
import { codeKinds } from './code.ts';
import { documentKinds } from './document.ts';
import { driveKinds } from './drive.ts';
import { type Actor, envelope, type KindDefinition } from './event.ts';
import { identifierKinds } from './identifiers.ts';
import { mediaKinds } from './media.ts';
import { postureKinds } from './posture.ts';
import { softwareKinds } from './software.ts';

/** Every kind of event there is. To add one, add it to its family; the types, checks and reference follow. */
export const eventKinds = {
  ...mediaKinds,
  ...driveKinds,
  ...documentKinds,
  ...identifierKinds,
  ...softwareKinds,
  ...postureKinds,
  ...codeKinds,
  ...agentKinds,
} as const;

export type EventKind = keyof typeof eventKinds;
export type EventData<K extends EventKind> = Type.Static<(typeof eventKinds)[K]['data']>;

/** One stored fact. A union over the kinds, so that `switch (event.kind)` narrows `event.data`. */
export type PortcullisEvent = { [K in EventKind]: EventOf<K> }[EventKind];
export interface EventOf<K extends EventKind> {
  seq: number;
  at: string;
  bootId: string;
  uptimeMs: number;
  kind: K;
  actor?: Actor;
  data: EventData<K>;
  decision?: Decision;
  outcome?: Outcome;
}

export const kindNames = Object.keys(eventKinds) as EventKind[];

export function isEventKind(value: unknown): value is EventKind {
  return typeof value === 'string' && Object.hasOwn(eventKinds, value);
}

export function kindDefinition(kind: EventKind): KindDefinition {
  return eventKinds[kind];
}

/** The whole schema of one kind of event, envelope included. */
export function eventSchema(kind: EventKind) {
  return exactObject({ ...envelope, kind: Type.Literal(kind), data: kindDefinition(kind).data });
}

/** Checkers made at first use and kept: compiling all kinds at start would cost what few processes need. */
export function eventCheckers(): (kind: EventKind) => Checker<PortcullisEvent> {
  const made = new Map<EventKind, Checker<PortcullisEvent>>();
  return (kind) => {
    const known = made.get(kind);
    if (known) return known;
    // The schema is built from the same table as the type, so a value that passes is of the union.
    const fresh = checker(eventSchema(kind)) as unknown as Checker<PortcullisEvent>;
    made.set(kind, fresh);
    return fresh;
  };
}
