/** Times, sizes and counts as people here read them. Everything is pure. */

/** A moment for a page: words for people, ISO for machines. */
export interface Moment {
  iso: string;
  words: string;
}

const zone = 'Europe/London';
const wordParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  hour12: true,
});

/** `21 November 2026, 8:15pm`, United Kingdom time. */
export function moment(milliseconds: number): Moment {
  const parts = partsOf(wordParts, milliseconds);
  const hour = Number(parts.hour) % 12 === 0 ? '12' : String(Number(parts.hour));
  const half = (parts.dayPeriod ?? '').toLowerCase().replace(/[^apm]/g, '');
  const words = `${parts.day} ${parts.month} ${parts.year}, ${hour}:${parts.minute}${half}`;
  return { iso: new Date(milliseconds).toISOString(), words };
}

/** The same without the time of day, for lists: `21 November 2026`. */
export function dayMoment(milliseconds: number): Moment {
  return { iso: new Date(milliseconds).toISOString(), words: dayInWords(dayOf(milliseconds)) };
}

/** `30 June 2028` from `2028-06-30`. */
export function dayInWords(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}

/** The day in the United Kingdom in which a moment lies: `2028-06-30`. */
export function dayOf(milliseconds: number): string {
  const { year, month, day } = partsOf(clockParts, milliseconds);
  return `${year}-${month}-${day}`;
}

/** `less than a minute`, `5 minutes`, `3 hours`, `12 days`. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

/** `1 alert`, `1,204 alerts`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? noun : plural}`;
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as printed on the things themselves: `15.7 GB`. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  const digits = power > 0 && amount < 100 ? 1 : 0;
  return `${amount.toLocaleString('en-GB', { maximumFractionDigits: digits })} ${units[power]}`;
}

/** `watcher-failed` as `Watcher failed`. For words this version has no better ones for. */
export function sentence(word: string): string {
  const spaced = word.replaceAll(/[-_.]/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const clockParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/**
 * The moment a day begins in the United Kingdom, in milliseconds.
 * @param date `2026-11-21`; undefined comes back for anything that is no date
 * @param later days to add
 */
export function startOfDay(date: string, later = 0): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  if (year === undefined) return undefined;
  const asIfUtc = Date.UTC(Number(year), Number(month) - 1, Number(day) + later);
  // Clocks never change at midnight here, so the offset of the guess is the offset of the answer.
  return asIfUtc - offsetAt(asIfUtc);
}

function offsetAt(milliseconds: number): number {
  const parts = partsOf(clockParts, milliseconds);
  const [year, month, day, hour, minute, second] = [
    parts.year,
    parts.month,
    parts.day,
    parts.hour,
    parts.minute,
    parts.second,
  ].map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - milliseconds;
}

function partsOf(format: Intl.DateTimeFormat, milliseconds: number): Partial<Record<string, string>> {
  return Object.fromEntries(format.formatToParts(milliseconds).map((part) => [part.type, part.value]));
}
