import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#shared/clock.ts';
import { homeFolder } from '#shared/command-line.ts';
import { type Home, openHome, storeFile } from '../home.ts';
import type { LifeCycleParts } from '../policies/life-cycle.ts';
import type { Doing } from '../register/media.ts';
import { openStore } from '../store/database.ts';
import type { Store } from '../store/tables.ts';

export interface Json {
  json?: boolean;
}
export interface By {
  by?: string | undefined;
  note?: string | undefined;
}

/** The collector's own folder, by PORTCULLIS_HOME. */
export function collectorFolder(): string {
  return join(homeFolder(process.env), 'collector');
}

/** Whether a collector was ever started in this home: what needs no store works without one. */
export function hasStore(): boolean {
  return existsSync(storeFile(collectorFolder()));
}

/** Opens the store of this home for one piece of work. @param readOnly false for what changes something */
export async function withStore<T>(work: (store: Store, home: Home) => Promise<T>, readOnly = true): Promise<T> {
  const home = openHome(collectorFolder());
  const { store, close } = openStore(home.store, { readOnly });
  try {
    return await work(store, home);
  } finally {
    await close();
  }
}

/** Who does it: the one named, or the account that typed the command. */
export function doing({ by, note }: By = {}): Doing {
  return { by: by ?? userInfo().username, now: systemClock.now(), ...(note !== undefined && { note }) };
}

export function lifeCycle(store: Store, home: Home): LifeCycleParts {
  return { store, signer: home.policySigner, organisation: home.settings.organisation };
}

/** JSON for programs, or the text for people. */
export function answer(json: boolean | undefined, value: unknown, text: () => string): string {
  return json ? JSON.stringify(value, null, 2) : text();
}

/** Lines of words in columns. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (wide, row) => row.map((word, place) => Math.max(wide[place] ?? 0, word.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((word, place) => word.padEnd(widths[place] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A day as people write it. */
export function dayOf(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '' : new Date(milliseconds).toLocaleString('en-GB');
}
