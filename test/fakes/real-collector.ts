import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Clock, systemClock } from '#shared/clock.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { createToken } from '../../collector/gateway/tokens.ts';
import { createHome, openHome, type ProfileName } from '../../collector/home.ts';
import { type Collector, type CollectorOptions, startCollector } from '../../collector/main.ts';

export interface RealCollector extends Collector {
  folder: string;
  /** Everything logged so far, parsed. */
  log: Record<string, unknown>[];
  /** A one-time enrolment code. */
  code(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Options = Partial<Pick<CollectorOptions, 'allowance' | 'unidentified' | 'host' | 'port' | 'readDiskSpace'>> & {
  clock?: Clock;
  profile?: ProfileName;
  organisation?: string;
  /** A home to go on with; it is then not removed. */
  folder?: string;
};

/** A whole collector in this process on a free port of the loopback address, with a home of its own. */
export async function realCollector({
  clock = systemClock,
  profile = 'focus',
  organisation = 'Test organisation',
  folder,
  ...rest
}: Options = {}) {
  const home = folder ?? mkdtempSync(join(tmpdir(), 'portcullis-collector-'));
  const log: Record<string, unknown>[] = [];
  createHome(home, { organisation, profile });
  const collector = await startCollector({
    home: openHome(home),
    clock,
    log: pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    host: '127.0.0.1',
    port: 0,
    ...rest,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= collector.stop();
    return stopped;
  };
  return {
    ...collector,
    folder: home,
    log,
    stop,
    code: async () =>
      enrolmentCode(await createToken(collector.context.store, clock.now()), collector.certificate.fingerprint),
    async [Symbol.asyncDispose]() {
      await stop();
      if (folder === undefined) rmSync(home, { recursive: true, force: true });
    },
  } satisfies RealCollector;
}
