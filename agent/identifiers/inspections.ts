import { createHmac, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#shared/clock.ts';
import type { EventData } from '#shared/events/kinds.ts';
import type { Band, Inspection } from '#shared/identifiers/inspection.ts';
import type { IdentifierSettings } from '#shared/policy/identifiers.ts';
import type { ChangeOf } from '../watchers/watcher.ts';
import { bulkTally, dayOf, type Transfer } from './bulk.ts';
import { contentMark } from './content.ts';
import { detectorVersion } from './detector/version.ts';
import type { Inspector } from './inspector.ts';
import { queue, type Waiting } from './queue.ts';
import type { Seen, Verdict } from './seen.ts';

/** As much of a file's state as changes with its content. */
export interface FileState {
  dev: number;
  ino: number;
  size: number;
  mtimeMs: number;
}

export interface FileToInspect {
  /** Absolute path, as bytes where the name is not UTF-8. */
  path: string | Buffer;
  state: FileState;
  /** `soon`: a person is waiting, or a medium may be pulled out. `whenever`: the sweep. */
  urgency: Waiting['urgency'];
  /** Where the file went, if it left the computer: then it counts for the bulk rule. */
  transfer?: Transfer;
}

export interface Inspected {
  findings: Pick<EventData<'document.inspected'>, 'inspection' | 'drill' | 'isBulk' | 'seenOnShared'>;
  /** To be recorded beside it, when this file reached the policy's number. */
  bulk?: ChangeOf<'identifiers.bulk-reached'>;
}

export interface Backlog {
  /** Files that wait or are being looked into. */
  files: number;
  bytes: number;
  /** How long the longest of those has waited that should be looked into soon, in milliseconds; 0 when none does. */
  longestMilliseconds: number;
}

/** Everything that is looked into on this computer goes through here, each content once. */
export interface Inspections {
  /** Never rejects: there is a verdict on every file. */
  inspect(file: FileToInspect): Promise<Inspected>;
  /** What is known of a file in this state without looking into it, by the detector and settings of this moment. */
  known(state: FileState): Verdict | undefined;
  /** Remembers a content that was opened or saved in a shared place. */
  noteShared(path: string | Buffer, sizeBytes: number): Promise<void>;
  /** Contents of shared places may have been missed at this moment. @param isWatched whether they are seen from now on */
  sharedMissed(isWatched: boolean): void;
  /** When the last sweep ended, milliseconds since 1970; undefined before the first. */
  sweptAt(): number | undefined;
  noteSwept(): void;
  settings(): IdentifierSettings;
  backlog(): Backlog;
  close(): Promise<void>;
}

export type MakeInspector = (settings: IdentifierSettings) => Inspector;

export interface InspectionsParts {
  settings(): IdentifierSettings;
  /** Called at first use, and anew when the settings change. */
  makeInspector: MakeInspector;
  seen: Seen;
  /** Secret of this computer: marks of files and contents are keyed with it. */
  key: Buffer;
  clock: Clock;
}

const mostWaiting = 20_000;
/** While one file is read for its mark, another is with the inspector. */
const workers = 2;
const mostContents = 1000;
/** `no` is said of a copy when nothing was missed for so long, in milliseconds. */
const withoutGap = 24 * 60 * 60 * 1000;

interface Job extends Waiting {
  file: FileToInspect;
  done(inspected: Inspected): void;
}
interface Known {
  inspection: Inspection;
  /** Digests of the people in it, by the key of that day. */
  people: { day: string; digests: readonly string[] };
}

export function inspections(parts: InspectionsParts): Inspections {
  const { settings, seen, clock } = parts;
  const fileKey = subkey(parts.key, 'file');
  const contentKey = subkey(parts.key, 'content');
  const line = queue<Job>(mostWaiting);
  const contents = new Map<string, Known>();
  const tally = bulkTally();
  const atWork = new Set<Job>();
  const atInspector = new Set<Promise<Inspection>>();
  let inspector: { made: Inspector; settings: string } | undefined;
  let today = { day: '', key: Buffer.alloc(0) };
  let closing = false;
  let sharedWatched = false;

  function peopleKey(): typeof today {
    const day = dayOf(clock.now());
    if (today.day !== day) today = { day, key: randomBytes(32) };
    return today;
  }

  /** What else the counts depend on: verdicts by other settings are not to be compared. */
  function settingsMark(): string {
    const { drill, localReferences, maxFileBytes } = settings();
    return hash('sha256', JSON.stringify([detectorVersion, drill, localReferences ?? [], maxFileBytes]), 'base64url');
  }

  function fileMark({ dev, ino, size, mtimeMs }: FileState): string {
    const words = [settingsMark(), dev, ino, size, mtimeMs].join(':');
    return createHmac('sha256', fileKey).update(words).digest().toString('base64url', 0, 16);
  }

  async function inspectorNow(): Promise<Inspector> {
    const wanted = settings();
    const words = JSON.stringify(wanted);
    if (inspector?.settings !== words) {
      const before = inspector?.made;
      inspector = { made: parts.makeInspector(wanted), settings: words };
      // What is being looked into by the former settings is finished.
      if (before) await Promise.all(atInspector).then(() => before.close());
    }
    return inspector.made;
  }

  /** After work, rests so that both together keep to the share of the processor that the policy allows. */
  function pace(): () => Promise<void> {
    let since = clock.monotonic();
    return async () => {
      const worked = clock.monotonic() - since;
      const { cpuShare } = settings();
      if (worked >= 5 && cpuShare < 100) await pause((worked * (100 - cpuShare)) / cpuShare);
      if (worked >= 5) since = clock.monotonic();
    };
  }

  async function work(): Promise<void> {
    for (let job = line.take(); job; job = line.take()) {
      atWork.add(job);
      const inspected = await lookInto(job.file).catch(() => failed('The look into it failed.'));
      atWork.delete(job);
      job.done(inspected);
    }
  }

  let working = 0;
  function workSoon(): void {
    if (working >= workers) return;
    working++;
    const over = () => {
      working--;
      if (line.waiting().length > 0) workSoon();
    };
    work().then(over, over);
  }

  async function lookInto(file: FileToInspect): Promise<Inspected> {
    const { state, path } = file;
    const tooLarge = state.size > settings().maxFileBytes;
    const content = tooLarge ? undefined : await contentMark(path, contentKey, pace());
    const setting = settingsMark();
    const known = await knownOrLook(file, content === undefined ? undefined : `${content}:${setting}`);
    seen.keepVerdict(fileMark(state), verdictOf(known.inspection));
    return inspectedOf(file, known, content);
  }

  async function knownOrLook(file: FileToInspect, content: string | undefined): Promise<Known> {
    const { day, key } = peopleKey();
    const before = content === undefined ? undefined : contents.get(content);
    if (before && (!file.transfer || isNobody(before.inspection) || before.people.day === day)) return before;
    const inspector = await inspectorNow();
    let digests: readonly string[] = [];
    const looking = inspector.inspect({
      path: file.path,
      sizeBytes: file.state.size,
      urgency: file.urgency,
      people: {
        key,
        take(given) {
          digests = given;
        },
      },
    });
    atInspector.add(looking);
    const inspection = await looking.finally(() => atInspector.delete(looking));
    const known: Known = { inspection, people: { day, digests } };
    // What failed may work out another time.
    if (content !== undefined && inspection.status !== 'failed') keep(content, known);
    return known;
  }

  function keep(content: string, known: Known): void {
    contents.delete(content);
    contents.set(content, known);
    for (const oldest of contents.keys()) {
      if (contents.size <= mostContents) break;
      contents.delete(oldest);
    }
  }

  function inspectedOf({ transfer }: FileToInspect, { inspection, people }: Known, content?: string): Inspected {
    const { bulkFrom, drill } = settings();
    const { band = 'none' } = inspection;
    const isBulk = Math.max(people.digests.length, least[band]) >= bulkFrom;
    const findings = { inspection, drill, isBulk, seenOnShared: seenOnShared(content) };
    const bulk =
      transfer && tally.add({ transfer, band, isBulk, people: people.digests, bulkFrom, drill, day: people.day });
    return { findings, ...(bulk && { bulk }) };
  }

  function seenOnShared(content: string | undefined): Inspected['findings']['seenOnShared'] {
    if (content === undefined) return 'unknown';
    if (seen.isShared(content)) return 'yes';
    return sharedWatched && clock.now() - seen.gapAt() >= withoutGap ? 'no' : 'unknown';
  }

  function failed(reason: string): Inspected {
    const inspection: Inspection = { detector: detectorVersion, status: 'failed', reason };
    return { findings: { inspection, drill: settings().drill, isBulk: false, seenOnShared: 'unknown' } };
  }

  return {
    settings,
    inspect(file) {
      return new Promise((resolve) => {
        const { urgency, state } = file;
        const job = { file, urgency, sizeBytes: state.size, since: clock.monotonic(), done: resolve };
        if (closing || !line.put(job)) resolve(failed('More files waited than there is room for.'));
        else workSoon();
      });
    },
    known: (state) => seen.verdictOf(fileMark(state)),
    async noteShared(path, sizeBytes) {
      const content = sizeBytes > settings().maxFileBytes ? undefined : await contentMark(path, contentKey, pace());
      if (closing) return;
      if (content === undefined) seen.noteGap(clock.now());
      else seen.keepShared(content);
    },
    sharedMissed(isWatched) {
      if (!closing) seen.noteGap(clock.now());
      sharedWatched = isWatched;
    },
    sweptAt: seen.sweptAt,
    noteSwept: () => seen.noteSwept(clock.now()),
    backlog() {
      const all = [...line.waiting(), ...atWork];
      const now = clock.monotonic();
      const waits = all.filter(({ urgency }) => urgency === 'soon').map(({ since }) => now - since);
      return {
        files: all.length,
        bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        longestMilliseconds: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
      };
    },
    async close() {
      closing = true;
      for (let job = line.take(); job; job = line.take()) job.done(failed('The agent ended.'));
      await inspector?.made.close();
      seen.close();
    },
  };
}

/** The least that a band can stand for. */
const least: Record<Band, number> = { none: 0, '1-9': 1, '10-49': 10, '50-99': 50, '100-499': 100, '500+': 500 };

function isNobody({ band }: Inspection): boolean {
  return band === undefined || band === 'none';
}

function verdictOf({ status, band }: Inspection): Verdict {
  return status === 'inspected' && band !== undefined ? band : 'not-inspected';
}

/** An object, not bytes: those would be made one for every mark. */
function subkey(key: Buffer, use: string): KeyObject {
  return createSecretKey(createHmac('sha256', key).update(`portcullis.inspections.v1\n${use}`).digest());
}
