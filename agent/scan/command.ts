import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Clock } from '#shared/clock.ts';
import { identifierSettings } from '#shared/policy/identifiers.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { detectorVersion } from '../identifiers/detector/version.ts';
import { defaultLimits } from '../identifiers/extraction/budget.ts';
import { Unread } from '../identifiers/extraction/unread.ts';
import { createInspector } from '../identifiers/inspector/create-inspector.ts';
import { notInspected } from '../identifiers/inspector/not-inspected.ts';
import type { Inspector } from '../identifiers/inspector.ts';
import type { Platform } from '../platform/platform.ts';
import { type ScannedFile, type ScanReport, scannedFile, scanReport } from './report.ts';
import { checkPaths, type Found, walk } from './walk.ts';

export interface ScanOptions {
  paths: readonly string[];
  /** Whose thresholds and references hold; without one, those of a computer that has no policy yet. */
  profile?: 'focus' | 'ccg';
  /** Count numbers of the test range in the bands. */
  drill?: boolean;
  os: Platform['os'];
  clock: Clock;
  progress(text: string): void;
}

/** Counts identifiers in every file at or below the paths. @throws UsageError for a path that is not there */
export async function scan(options: ScanOptions): Promise<ScanReport> {
  const { clock, paths, progress } = options;
  await checkPaths(paths);
  const started = clock.monotonic();
  const files: ScannedFile[] = [];
  const waiting = numbered(walk(paths));
  const inspectors = Array.from({ length: availableParallelism() }, () => scanInspector(options));
  // Each takes the next file when it has done with one, so that a large file holds up no other.
  const work = async (inspector: Inspector) => {
    for (let next = await waiting.next(); !next.done; next = await waiting.next()) {
      const { number, found } = next.value;
      files[number] = await scanOne(inspector, found, clock);
      progress(`${number + 1} files`);
    }
  };
  try {
    await Promise.all(inspectors.map(work));
  } finally {
    await Promise.all(inspectors.map((inspector) => inspector.close()));
  }
  progress('');
  return scanReport(detectorVersion, files, clock.monotonic() - started);
}

async function* numbered(all: AsyncIterable<Found>): AsyncGenerator<{ number: number; found: Found }> {
  let number = 0;
  for await (const found of all) yield { number: number++, found };
}

function scanInspector({ profile, drill, os, clock }: ScanOptions): Inspector {
  const settings = identifierSettings(profile ? loadPolicy(profileText(profile)) : null);
  const { localReferences } = settings;
  const detector = { drill: drill ?? settings.drill, ...(localReferences && { localReferences }) };
  return createInspector({
    os,
    clock,
    detector: () => detector,
    // Somebody is waiting for this one.
    cpuShare: () => 1,
    child: { polite: false },
    limits: { ...defaultLimits, fileBytes: settings.maxFileBytes },
  });
}

function profileText(profile: string): string {
  return readFileSync(new URL(`../../shared/policy/profiles/${profile}.yaml`, import.meta.url), 'utf8');
}

async function scanOne(inspector: Inspector, found: Found, clock: Clock): Promise<ScannedFile> {
  const path = found.path.toString();
  if ('unlisted' in found)
    return scannedFile(path, 0, 0, notInspected(new Unread('failed', 'This folder could not be listed.')));
  const started = clock.monotonic();
  const inspection = await inspector.inspect({ path: found.path, sizeBytes: found.bytes, urgency: 'soon' });
  return scannedFile(path, found.bytes, clock.monotonic() - started, inspection);
}
