import Type from 'typebox';
import type { UpdateFailure } from '#shared/events/agent.ts';
import { checker, exactObject, Sha256Hex, Text } from '#shared/schema.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';
import type { Versions } from './versions.ts';

/** An update that was begun, until it is known what became of it. */
const Trying = exactObject({ from: Text, version: Text, sha256: Sha256Hex });
type Trying = Type.Static<typeof Trying>;

/** What is remembered of updates. */
const UpdateMemory = exactObject({
  trying: Type.Union([Trying, Type.Null()]),
  /** Offers that were refused for good or failed, each by its own mark, the newest last. */
  refused: Type.Array(Sha256Hex, { maxItems: 20 }),
  /** The mark of what is being tried. */
  mark: Type.Union([Sha256Hex, Type.Null()]),
});
export type UpdateMemory = Type.Static<typeof UpdateMemory>;
const name = 'update';
const nothing: UpdateMemory = { trying: null, refused: [], mark: null };

export interface TrialParts {
  versions: Versions;
  /** What runs now. */
  version: string;
  recall(name: string): unknown;
  record(changes: readonly Change[], memory: Memory): void;
}

/** What became of the last update, and what is not to be tried again. */
export interface Trial {
  /** At the start: tells of an update that was taken back. */
  settle(): void;
  /** The collector took this agent in: an update that runs is in use from now on. */
  reported(): void;
  /** @param mark of the offer */
  isRefused(mark: string): boolean;
  /** Told, and tried again all the same. */
  note(change: Change): void;
  /** Not again. */
  refuse(mark: string, change: Change): void;
  /** What follows is the end of this process. */
  begin(trying: Trying, mark: string): void;
}

export function trialKeeper({ versions, version, recall, record }: TrialParts): Trial {
  const recalled = recall(name);
  let memory: UpdateMemory = checker(UpdateMemory).check(recalled) ? recalled : nothing;

  function save(next: UpdateMemory, changes: readonly Change[] = []): void {
    record(changes, { name, value: next });
    memory = next;
  }

  const refusing = (mark: string | null) => (mark === null ? memory.refused : [...memory.refused, mark].slice(-20));

  return {
    settle() {
      const { trying, mark } = memory;
      const failed = versions.takeFailed();
      // On trial, or in use and not yet told.
      if (!trying || trying.version === version) return;
      const why = failed?.version === trying.version ? failed.why : 'damaged';
      const change = failedChange(trying, reasonOf(why));
      save({ trying: null, mark: null, refused: refusing(mark) }, [change]);
      versions.keepOnly([version, ...[versions.current()].filter((word) => word !== undefined)]);
    },
    reported() {
      const { trying } = memory;
      if (trying?.version !== version) return;
      versions.confirm(version);
      const { from, sha256 } = trying;
      save({ ...memory, trying: null, mark: null }, [{ kind: 'agent.updated', data: { from, to: version, sha256 } }]);
      versions.keepOnly([from, version]);
    },
    isRefused: (mark) => memory.refused.includes(mark),
    note: (change) => save(memory, [change]),
    refuse: (mark, change) => save({ ...memory, refused: refusing(mark) }, [change]),
    begin: (trying, mark) => save({ ...memory, trying, mark }),
  };
}

function reasonOf(why: string): Extract<UpdateFailure, 'crashed' | 'silent' | 'damaged'> {
  return why === 'silent' || why === 'damaged' ? why : 'crashed';
}

const words = {
  crashed: 'It ended by itself, as often as it was started, before it had reported to the collector.',
  silent: 'It did not report to the collector in time.',
  damaged: 'It could not be started.',
};

function failedChange({ version, sha256 }: Trying, reason: keyof typeof words): Change {
  return { kind: 'agent.update-failed', data: { version, reason, because: words[reason], sha256 } };
}
