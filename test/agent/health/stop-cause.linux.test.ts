import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runHistory } from '../../../agent/health/run-history.ts';
import { stopperOnLinux } from '../../../agent/health/stop-cause.linux.ts';
import { type Change, lookFailed } from '../../../agent/watchers/watcher.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const says = (word: string) => async () => ({ ok: true as const, seen: `${word}\n` });
const cannotSay = async () => lookFailed(new Error('no bus'), 'systemctl');

it.each([
  ['a stop while the computer goes down', true, false, says('stopping'), 'shutdown'],
  ['a stop by its package', true, true, says('running'), 'package'],
  ['a stop in the midst of a working day', true, false, says('running'), 'hand'],
  ['a stop on a computer with some failed service', true, false, says('degraded'), 'hand'],
  ['the end of a program in a terminal', false, false, says('running'), 'unknown'],
  ['a stop of which systemd cannot be asked', true, false, cannotSay, 'unknown'],
])('%s', async (_what, isService, byPackage, systemState, stopper) => {
  using folder = tempFolder();
  const marker = join(folder.path, 'package');
  if (byPackage) writeFileSync(marker, '');
  expect(await stopperOnLinux({ isService, marker, systemState })).toBe(stopper);
});

it.each(['package', 'update', 'shutdown', 'unknown', 'hand'] as const)('a stop by %s leaves its trace', (by) => {
  const told: Change[] = [];
  const history = runHistory({
    spool: { recall: () => undefined },
    load: () => [],
    policyVersion: () => 1,
    platform: { os: 'linux', privileged: true },
    version: '0.1.0',
    lost: undefined,
    spoolGone: false,
    record: (changes) => void told.push(...changes),
  });
  history.stopped('SIGTERM', by);
  const kinds = told.map(({ kind }) => kind);
  expect(kinds).toEqual(by === 'hand' ? ['agent.stopped', 'agent.tampered'] : ['agent.stopped']);
});
