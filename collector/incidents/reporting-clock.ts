const hour = 60 * 60 * 1000;
/** From becoming aware, also when facts are missing (UK GDPR 33). */
export const reportWithin = 72 * hour;
/** How long before the end the alarm is raised. */
const warnBefore = 24 * hour;

/** How the clock for telling the ICO stands. Times are milliseconds since 1970. */
export interface ReportingClock {
  state: 'not-started' | 'running' | 'ending' | 'over' | 'decided';
  endsAt: number | null;
  words: string;
}

export interface ClockFacts {
  awareAt: number | null;
  /** When it was first decided whether to tell the ICO; undefined before that. */
  decidedAt: number | undefined;
  told: boolean;
}

/** Pure. */
export function reportingClock({ awareAt, decidedAt, told }: ClockFacts, now: number): ReportingClock {
  if (awareAt === null) {
    const words = 'Not started: it is not written down yet when the organisation became aware.';
    return { state: 'not-started', endsAt: null, words };
  }
  const endsAt = awareAt + reportWithin;
  if (decidedAt !== undefined) {
    const late = decidedAt > endsAt ? `, ${inWords(decidedAt - endsAt)} after the end of the 72 hours` : '';
    return { state: 'decided', endsAt, words: `Decided: the ICO is ${told ? '' : 'not '}told${late}.` };
  }
  if (now >= endsAt) {
    const words = `The 72 hours ended ${inWords(now - endsAt)} ago and nobody has decided. Decide now, and write down why it is late.`;
    return { state: 'over', endsAt, words };
  }
  const words = `${inWords(endsAt - now)} left of 72 hours to decide whether the ICO is told.`;
  return { state: endsAt - now <= warnBefore ? 'ending' : 'running', endsAt, words };
}

/** Down to minutes, because hours count here: `61 hours 15 minutes`. */
function inWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const of = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  const [whole, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (whole === 0) return of(rest, 'minute');
  return rest === 0 ? of(whole, 'hour') : `${of(whole, 'hour')} ${of(rest, 'minute')}`;
}
