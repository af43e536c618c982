import { lstat } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import type { Change, WatcherContext } from '../watcher.ts';
import type { RecordedSave } from './recording.ts';

/** Looks into documents that were told as saved. The telling never waits for it. */
export interface SaveInspector {
  take(saves: readonly RecordedSave[]): void;
  /** What was taken and has no verdict yet is let go: a sweep comes upon it. */
  stop(): void;
}

/** Verdicts that come soon after each other are recorded together, in milliseconds: one write for several. */
const togetherMilliseconds = 250;

export function saveInspector(context: WatcherContext): SaveInspector {
  const { inspections, log } = context;
  let stopped = false;
  let expected = 0;
  let verdicts: Change[] = [];
  let timer: NodeJS.Timeout | undefined;

  function record(): void {
    clearTimeout(timer);
    timer = undefined;
    const found = verdicts;
    verdicts = [];
    try {
      if (found.length > 0) context.record(found);
    } catch (error) {
      failed(error);
    }
  }

  function failed(error: unknown): void {
    log.error({ watcher: 'document-saves', code: errorCode(error) }, 'verdicts could not be recorded');
  }

  async function lookInto({ change, file }: RecordedSave): Promise<void> {
    if (!inspections) return;
    const { place, foundByRescan: _how, ...data } = change.data;
    const path = file.raw ?? file.path;
    const actor = change.actor ? { actor: change.actor } : {};
    const { findings, bulk } = await inspections.inspect({
      path,
      state: file.stats,
      urgency: 'soon',
      ...(place === 'cloud-sync' && { transfer: { place, ...actor } }),
    });
    // A document that is gone again lies nowhere.
    const isGone = findings.inspection.status === 'failed' && !(await lstat(path).catch(() => undefined));
    if (stopped || isGone) return;
    verdicts.push(
      { kind: 'document.inspected', data: { place, ...data, ...findings, authorisation: 'unknown' }, ...actor },
      ...(bulk ? [bulk] : []),
    );
    timer ??= setTimeout(record, togetherMilliseconds);
  }

  return {
    take(saves) {
      expected += saves.length;
      const over = () => {
        expected -= 1;
        // The last one waits for nobody.
        if (expected === 0) record();
      };
      for (const save of saves) lookInto(save).catch(failed).finally(over);
    },
    stop() {
      record();
      stopped = true;
    },
  };
}
