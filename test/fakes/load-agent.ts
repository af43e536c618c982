import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#shared/errors.ts';
import { readIfThere } from '#shared/files.ts';
import type { ChangeOf, Watcher, WatcherContext } from '../../agent/watchers/watcher.ts';
import { runBareAgent } from './bare-agent.ts';

/*
 * A program of its own: the real agent with one watcher, which makes up saved documents as fast as it is told and
 * counts them in its memory. What `record` has returned from is accepted, and noted down in a file beside.
 *
 * It rests while there is a file `quiet`, and what the disk refused it makes up again.
 *
 *     node load-agent.ts HOME EVENTS_PER_SECOND [SPOOL_BYTES]
 */
const [, , folder = '', rate = '0', spoolBytes] = process.argv;
const everyMilliseconds = 10;
const perTurn = Math.max(1, Math.round((Number(rate) * everyMilliseconds) / 1000));

/** The number of the document travels in the hash of its name, so that the store can be asked for each. */
function saved(number: number): ChangeOf<'document.saved'> {
  return {
    kind: 'document.saved',
    data: { place: 'cloud-sync', extension: 'txt', sizeBytes: number, nameHash: `number-${number}` },
  };
}

function loadWatcher(context: WatcherContext): Watcher {
  let timer: NodeJS.Timeout | undefined;
  function turn(): void {
    if (existsSync(join(folder, 'quiet'))) return;
    const last = Number(context.recall() ?? noted());
    const changes = Array.from({ length: perTurn }, (_, index) => saved(last + 1 + index));
    try {
      context.record(changes, last + perTurn);
    } catch (error) {
      appendFileSync(join(folder, 'refused'), `${errorCode(error)}\n`);
      return;
    }
    appendFileSync(join(folder, 'accepted'), `${last + perTurn}\n`);
  }
  /** After the spool, and all that it remembered, was begun anew. */
  function noted(): string | undefined {
    return readIfThere(join(folder, 'accepted'))?.split('\n').at(-2) ?? '0';
  }
  return {
    name: 'document-saves',
    async start() {
      if (Number(rate) > 0) timer = setInterval(turn, everyMilliseconds);
    },
    async stop() {
      clearInterval(timer);
    },
    check: () => Promise.resolve(),
    coverage: () => [
      { watcher: 'document-saves', area: 'load', state: 'watching', how: 'Made up by a test.', limits: [] },
    ],
  };
}

const bounds = spoolBytes === undefined ? {} : { bounds: { bytes: Number(spoolBytes), age: 90 * 24 * 60 * 60 * 1000 } };
await runBareAgent(folder, { 'document-saves': loadWatcher }, bounds);
