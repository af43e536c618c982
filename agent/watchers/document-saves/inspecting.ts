import { lstat } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import type { WatcherContext } from '../watcher.ts';
import type { RecordedSave } from './recording.ts';

/** Looks into documents that were told as saved. The telling never waits for it. */
export interface SaveInspector {
  take(saves: readonly RecordedSave[]): void;
  /** What was taken and has no verdict yet is let go: a sweep comes upon it. */
  stop(): void;
}

export function saveInspector(context: WatcherContext): SaveInspector {
  const { inspections, log } = context;
  let stopped = false;

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
    context.record([
      { kind: 'document.inspected', data: { place, ...data, ...findings, authorisation: 'unknown' }, ...actor },
      ...(bulk ? [bulk] : []),
    ]);
  }

  return {
    take(saves) {
      for (const save of saves) {
        lookInto(save).catch((error: unknown) => {
          log.error({ watcher: 'document-saves', code: errorCode(error) }, 'a verdict could not be recorded');
        });
      }
    },
    stop() {
      stopped = true;
    },
  };
}
