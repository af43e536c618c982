import Type from 'typebox';
import { deviceKey } from '#shared/device/facts.ts';
import { errorCode } from '#shared/errors.ts';
import { checker } from '#shared/schema.ts';
import type { FileSignal } from '../../platform/file-signals.ts';
import type { Watcher, WatcherContext, WatcherFactory } from '../watcher.ts';
import { versions } from './naming.ts';
import { outbox } from './outbox.ts';
import { searchMedium } from './searching.ts';
import { begun, followed, interrupted, neverRead, Session, type Sessions, summary } from './session.ts';
import { type SettlingOptions, settling, usualSettling } from './settling.ts';
import type { MediaFileSource, Medium } from './source.ts';
import { fileTeller } from './telling.ts';

export interface MediaFilesOptions {
  /** Secret of this computer, 32 bytes: tells files apart in events without naming them. */
  nameKey: Buffer;
  settling?: SettlingOptions;
}

/** Files written so long before a medium was watched are taken to have been written since it came, in milliseconds. */
const beforeWatched = 5_000;
/** A medium that is gone is summed up after its last verdict, or after so long, in milliseconds. */
const longestEnding = 10_000;
const Memory = Type.Array(Session, { maxItems: 256 });

/**
 * Tells each file that is written, renamed or deleted on a removable medium, what was found in what was written, and
 * sums up when the medium is gone. What is told of a file is on the disk before it is looked into, so that a medium
 * pulled out in between takes nothing of it away.
 */
export function mediaFiles(source: MediaFileSource, options: MediaFilesOptions): WatcherFactory {
  return (context) => {
    let running: Run | undefined;
    return {
      name: 'media-files',
      async start() {
        running = run(source, options, context);
        await running.begin();
      },
      async stop() {
        await running?.stop();
        running = undefined;
      },
      async check() {
        await running?.check();
      },
      mediaChanged: () => running?.mediaChanged(),
      coverage: source.coverage,
    } satisfies Watcher;
  };
}

interface Run {
  begin(): Promise<void>;
  check(): Promise<void>;
  mediaChanged(): void;
  stop(): Promise<void>;
}

function run(
  source: MediaFileSource,
  { nameKey, settling: waits = usualSettling }: MediaFilesOptions,
  context: WatcherContext,
): Run {
  const { clock, log } = context;
  let sessions = remembered(context.recall());
  let listening: { stop(): Promise<void> } | undefined;
  let work: Promise<void> = Promise.resolve();
  const ending = new Set<string>();
  const searches = new Set<Promise<void>>();
  const stopping = new AbortController();

  const known = versions();
  const box = outbox(context, (changes) => {
    const next = followed(sessions, changes, clock.now());
    return {
      value: [...next.values()],
      keep() {
        sessions = next;
      },
    };
  });
  const isInUse = ({ root }: Medium) => source.media().some((medium) => medium.root === root);
  const teller = fileTeller({ context, nameKey, versions: known, box, isInUse, ownerOf: source.ownerOf });
  const waiting = settling(clock, teller.written, waits);

  function file(signal: FileSignal): void {
    const medium = source.mediumOf(signal.path);
    if (!medium) return;
    switch (signal.how) {
      case 'written':
        waiting.add({ signal, medium });
        return;
      case 'deleted':
        if (!waiting.drop(signal)) teller.deleted(signal, medium);
        return;
      case 'moved':
        if (!signal.from || !waiting.rename(signal.from, signal)) teller.renamed(signal, medium);
    }
  }

  /** One after the other. */
  function next(step: () => Promise<void>): Promise<void> {
    work = work.then(step).catch(failed);
    return work;
  }

  function failed(error: unknown): void {
    log.error({ watcher: 'media-files', code: errorCode(error) }, 'media could not be followed');
  }

  async function follow(): Promise<void> {
    const attached = context.attached?.() ?? [];
    const fresh = await source.cover(attached);
    waiting.release(({ path }) => source.mediumOf(path) === undefined);
    for (const medium of fresh) begin(medium);
    const present = new Set(attached.map(({ device }) => deviceKey(device)));
    for (const key of sessions.keys()) if (!present.has(key)) end(key);
  }

  function begin(medium: Medium): void {
    const now = clock.now();
    const before = sessions.get(deviceKey(medium.device));
    sessions = begun(sessions, medium, now);
    box.flush();
    context.record([], [...sessions.values()]);
    search(medium, before?.upTo ?? now - beforeWatched, before?.unread ?? []);
  }

  function search(medium: Medium, floor: number, unread: Session['unread']): void {
    const parts = { nameKey, versions: known, clock, found: waiting.add, signal: stopping.signal };
    const searching = searchMedium(parts, medium, floor, unread)
      .catch(failed)
      .then(() => void searches.delete(searching));
    searches.add(searching);
  }

  /** Late verdicts still come in; a medium that comes back meanwhile goes on with its session. */
  function end(key: string): void {
    if (ending.has(key)) return;
    ending.add(key);
    const over = () => {
      ending.delete(key);
      const isBack = context.attached?.().some(({ device }) => deviceKey(device) === key);
      box.flush();
      const session = sessions.get(key);
      if (!session || isBack || stopping.signal.aborted) return;
      box.add([...neverRead(session), summary(session, clock.now())]);
      box.flush();
    };
    teller.quiet(key, longestEnding).then(over).catch(failed);
  }

  return {
    async begin() {
      // What happened while the agent was away can only be found by what it left.
      sessions = interrupted(sessions);
      listening = await source.listen({
        file,
        coverageChanged: context.coverageChanged,
        lost() {
          sessions = interrupted(sessions);
          for (const medium of source.media()) {
            const session = sessions.get(deviceKey(medium.device));
            if (session) search(medium, session.upTo, []);
          }
        },
      });
      await next(follow);
    },
    check: () => next(follow),
    mediaChanged() {
      next(follow).catch(failed);
    },
    async stop() {
      await listening?.stop();
      await work;
      stopping.abort();
      await Promise.all(searches);
      waiting.release();
      waiting.stop();
      await teller.told();
      box.flush();
      box.stop();
    },
  };
}

function remembered(memory: unknown): Sessions {
  const sessions = checker(Memory).check(memory) ? memory : [];
  return new Map(sessions.map((session) => [deviceKey(session.device), session]));
}
