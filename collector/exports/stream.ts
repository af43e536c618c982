import { errorCode } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { CollectorContext } from '../context.ts';
import { type Job, job } from '../jobs/job.ts';
import { backoff } from './backoff.ts';
import { asSendError, type Channel, type SendError } from './channels/channel.ts';
import { addDestination, destinationState, noteFailure, noteTaken } from './destinations.ts';
import { formatLine } from './format.ts';
import { nextBatch } from './next-batch.ts';
import type { ExportRecord, Sender } from './record.ts';
import type { ExportSettings } from './settings.ts';

export interface StreamParts extends Pick<CollectorContext, 'store' | 'clock' | 'log'> {
  settings: ExportSettings;
  channel: Channel;
  sender: Sender;
  /** From 0 up to 1. */
  random(): number;
}

/** Keeps one destination up to date. */
export interface Stream extends Job {
  settings: ExportSettings;
  /** Something was stored: looks soon, however often this is called. */
  wake(): void;
  /** Sends a test record, past what waits. @throws SendError */
  test(): Promise<void>;
}

/** Without news a destination is looked at as often, in milliseconds: what is due again, or was resumed by a command. */
const everyMilliseconds = 2000;

/**
 * One batch at a time, and its position written only after the destination took it. What is stored meanwhile waits in
 * the store, so that a slow destination costs neither memory nor the agents' time.
 */
export function stream(parts: StreamParts): Stream {
  const { store, clock, log, settings, channel, sender } = parts;
  const { name, format } = settings;
  const stopping = new AbortController();
  let isWoken = false;

  const outgoing = (record: ExportRecord) => ({ record, line: formatLine(format, record, sender) });

  async function look(): Promise<void> {
    isWoken = false;
    await addDestination(store, settings, clock.now());
    while (!stopping.signal.aborted && (await sendNext()));
  }

  /** @returns whether there is more to do now */
  async function sendNext(): Promise<boolean> {
    const state = await destinationState(store, name);
    if (!state || state.paused_at !== null || (state.next_attempt_at ?? 0) > clock.now()) return false;
    const { kinds, alerts } = settings;
    const { records, taken, more } = await nextBatch(store, {
      destination: name,
      step: state.alert_step,
      kinds,
      alerts,
    });
    if (taken.positions.length === 0 && taken.step === state.alert_step) return false;
    try {
      if (records.length > 0) await channel.send(records.map(outgoing), stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) await failed(asSendError(error, errorCode(error)), state.failures + 1);
      return false;
    }
    await noteTaken(store, name, taken, clock.now());
    return more;
  }

  async function failed(error: SendError, failures: number): Promise<void> {
    const at = clock.now();
    const wait = Math.max(backoff(failures, parts.random()), error.after ?? 0);
    log.warn({ destination: name, code: error.code, failures }, 'an export destination took nothing');
    await noteFailure(store, name, { error: error.message, at, nextAttemptAt: at + wait });
  }

  const looking = job({ log, everyMilliseconds, failure: 'an export destination could not be looked after', look });
  return {
    ...looking,
    settings,
    wake() {
      if (isWoken) return;
      isWoken = true;
      looking
        .check()
        .catch((error: unknown) =>
          log.error({ code: errorCode(error) }, 'an export destination could not be looked after'),
        );
    },
    async test() {
      const at = clock.now();
      await channel.send([outgoing({ type: 'test', uid: `test/${uuidv7(at)}`, at })], stopping.signal);
    },
    async stop() {
      stopping.abort();
      await looking.stop();
    },
  };
}
