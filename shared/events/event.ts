import Type from 'typebox';
import { Decision, Outcome } from '../policy/decision.ts';
import { Count, exactObject, Sequence, Text, Time } from '../schema.ts';

/**
 * Who was at work, as far as the operating system tells. An account name is personal data: it travels in the event,
 * never in a log or a metric.
 */
export const Actor = exactObject({
  user: Type.Optional(Text),
  /** Numeric user id on Linux and macOS. */
  uid: Type.Optional(Count),
  /** Windows security identifier. */
  sid: Type.Optional(Text),
  /** Short name of the program, without path and arguments. */
  process: Type.Optional(Text),
});
export type Actor = Type.Static<typeof Actor>;

/** How soon a full spool may let an event go: `routine` first, `evidence` last. */
export const priorities = ['routine', 'security', 'evidence'] as const;
export type Priority = (typeof priorities)[number];

/** Everything about one kind of event: the schema is its type, its validation and its reference page. */
export interface KindDefinition<S extends Type.TSchema = Type.TSchema> {
  description: string;
  priority: Priority;
  data: S;
  /** Shown in the reference, and a test for parser, store and export. */
  example: NoInfer<Type.Static<S>>;
}

export function kind<S extends Type.TSchema>(definition: KindDefinition<S>): KindDefinition<S> {
  return definition;
}

/** What every event carries beside its kind and data. */
export const envelope = {
  /** Per computer, from 1, without gaps. */
  seq: Sequence,
  /** The computer's wall clock, UTC. May be wrong; `uptimeMs` within one `bootId` never runs backwards. */
  at: Time,
  bootId: Type.String({ maxLength: 64 }),
  uptimeMs: Count,
  actor: Type.Optional(Actor),
  decision: Type.Optional(Decision),
  outcome: Type.Optional(Outcome),
};
