import { execFile as execFileWithCallback } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '#shared/clock.ts';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import { makeLog } from '#shared/logging.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { createToken } from '../../collector/gateway/tokens.ts';
import { createHome, openHome, type ProfileName } from '../../collector/home.ts';
import { startCollector } from '../../collector/main.ts';
import { profileText, publishPolicy } from '../../collector/policies/policies.ts';
import { withSetting } from '../../collector/policies/setting.ts';
import { migrate, openStore } from '../../collector/store/database.ts';

const execFile = promisify(execFileWithCallback);
const program = fileURLToPath(new URL('../../collector/portcullis-collector.cjs', import.meta.url));

export type EventOf<K extends EventKind> = Extract<PortcullisEvent, { kind: K }>;

/** The real collector, on this computer's loopback, with a store of its own. */
export interface TestCollector extends AsyncDisposable {
  port: number;
  /** As `portcullis-collector token create` makes it. */
  enrolmentCode(): Promise<string>;
  /** What the store holds of one computer, in the order of its numbers. */
  events(computerId: string): Promise<PortcullisEvent[]>;
  /** What `portcullis-collector` prints when an administrator runs it beside the running collector. */
  command(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Changes the text of a profile before it is published. */
export type Amend = (text: string) => string;

/** Without scan before use, which holds back whatever is let in until an antivirus has seen it. */
export const withoutScan: Amend = (text) => text.replace(/^ {2}scan:.*\n( {4}.*\n)*/m, '');

/** @param mode of the profile: whether agents only report, or stop what it denies */
export async function startTestCollector(
  profile: ProfileName,
  mode: 'report' | 'enforce' = 'report',
  amend: Amend = withoutScan,
): Promise<TestCollector> {
  const top = mkdtempSync(join(tmpdir(), 'portcullis-vm-collector-'));
  const folder = join(top, 'collector');
  createHome(folder, { organisation: 'The laboratory', profile });
  if (mode === 'enforce') await publishEnforcing(folder, profile, amend);
  const log = makeLog('info', join(folder, 'collector.log'));
  const collector = await startCollector({
    home: openHome(folder),
    clock: systemClock,
    log,
    host: '127.0.0.1',
    port: 0,
  });
  const { store } = collector.context;

  async function stop(): Promise<void> {
    await collector.stop();
    rmSync(top, { recursive: true, force: true });
  }

  return {
    port: Number(new URL(collector.url).port),
    async enrolmentCode() {
      return enrolmentCode(
        await createToken(store, Date.now(), { note: 'laboratory' }),
        collector.certificate.fingerprint,
      );
    },
    async events(computerId) {
      const rows = await store
        .selectFrom('events')
        .innerJoin('computers', 'computers.no', 'events.computer_no')
        .where('computers.id', '=', computerId)
        .orderBy('events.seq')
        .select('events.line')
        .execute();
      return rows.flatMap(({ line }) => (line === null ? [] : [JSON.parse(line) as PortcullisEvent]));
    },
    async command(...words) {
      const env = { ...process.env, PORTCULLIS_HOME: top };
      return (await execFile(process.execPath, [program, ...words], { env, maxBuffer: 1 << 26 })).stdout;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** As if somebody had published the profile's second version before the collector was started. */
async function publishEnforcing(folder: string, profile: ProfileName, amend: Amend): Promise<void> {
  const { store: file, policySigner } = openHome(folder);
  const { store, close } = openStore(file);
  try {
    await migrate(store);
    const text = amend(withSetting(profileText(profile), 'mode', 'enforce'));
    const reason = 'The laboratory enforces.';
    await publishPolicy(store, policySigner, { text, reason, publishedBy: 'laboratory', now: Date.now() });
  } finally {
    await close();
  }
}
