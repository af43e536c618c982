import type { Store } from '../store/tables.ts';
import { destinationState, newestStep } from './destinations.ts';
import { computersAhead, oldestWaiting } from './positions.ts';
import type { ExportSettings } from './settings.ts';

/** How a destination is doing. Times in milliseconds since 1970. */
export interface ExportStatus {
  name: string;
  channel: ExportSettings['channel'];
  format: ExportSettings['format'];
  /** `new`: the collector has not run with these settings yet. `behind`: it takes what it gets, and more waits. */
  state: 'new' | 'paused' | 'failing' | 'behind' | 'up-to-date';
  /** Events and steps of alerts that wait; numbers that a computer declared as lost are counted with them. */
  waiting: number;
  /** When the oldest waiting event was stored. */
  waitingSince: number | null;
  taken: number;
  lastTakenAt: number | null;
  failures: number;
  nextAttemptAt: number | null;
  lastError: string | null;
  lastErrorAt: number | null;
  pausedAt: number | null;
}

export async function exportStatus(store: Store, settings: readonly ExportSettings[]): Promise<ExportStatus[]> {
  const newest = await newestStep(store);
  const list: ExportStatus[] = [];
  for (const one of settings) list.push(await statusOf(store, one, newest));
  return list;
}

async function statusOf(store: Store, settings: ExportSettings, newest: number): Promise<ExportStatus> {
  const { name, channel, format, alerts } = settings;
  const row = await destinationState(store, name);
  const ahead = row ? await computersAhead(store, name) : [];
  const steps = row && alerts !== false ? newest - row.alert_step : 0;
  const waiting = ahead.reduce((sum, { seq, head }) => sum + head - seq, 0) + Math.max(0, steps);
  return {
    name,
    channel,
    format,
    state: !row
      ? 'new'
      : row.paused_at !== null
        ? 'paused'
        : row.failures > 0
          ? 'failing'
          : waiting > 0
            ? 'behind'
            : 'up-to-date',
    waiting,
    waitingSince: (await oldestWaiting(store, ahead)) ?? null,
    taken: row?.taken ?? 0,
    lastTakenAt: row?.last_taken_at ?? null,
    failures: row?.failures ?? 0,
    nextAttemptAt: row?.next_attempt_at ?? null,
    lastError: row?.last_error ?? null,
    lastErrorAt: row?.last_error_at ?? null,
    pausedAt: row?.paused_at ?? null,
  };
}
