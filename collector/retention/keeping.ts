/** Why the body of an event is still there. */
export type Reason = 'routine-time' | 'violation-time' | 'open-alert' | 'hold';

/** Before these moments (the collector's clock) the time of an event is over. */
export interface Ends {
  routine: number;
  violation: number;
}

/** What is under a legal hold. */
export interface Held {
  computers: ReadonlySet<string>;
  alerts: ReadonlySet<string>;
  /** Whether a name that somebody was signed in with is that of a person under hold. */
  isHeldUser(user: string): boolean;
}

export interface EventFacts {
  computerId: string;
  receivedAt: number;
  /** Who was signed in, where the event tells. */
  user: string | undefined;
  /** The alerts it led to. */
  alerts: readonly { id: string; open: boolean }[];
}

/** The first reason to keep the body of an event; undefined when there is none any more. Pure. */
export function reasonToKeep(event: EventFacts, ends: Ends, held: Held): Reason | undefined {
  const { alerts, receivedAt, user } = event;
  if (receivedAt >= ends.routine) return 'routine-time';
  if (alerts.length > 0 && receivedAt >= ends.violation) return 'violation-time';
  if (alerts.some(({ open }) => open)) return 'open-alert';
  const isHeld =
    held.computers.has(event.computerId) ||
    alerts.some(({ id }) => held.alerts.has(id)) ||
    (user !== undefined && held.isHeldUser(user));
  return isHeld ? 'hold' : undefined;
}

const day = 24 * 60 * 60 * 1000;

/** A violation is kept at least as long as anything else, whatever the policy says. */
export function endsOf(
  { routineDays, violationDays }: { routineDays: number; violationDays: number },
  now: number,
): Ends {
  return { routine: now - routineDays * day, violation: now - Math.max(routineDays, violationDays) * day };
}
