import { pino } from 'pino';
import { expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { enforcementControl } from '../../agent/enforcement/control.ts';
import { enforceOnLinux } from '../../agent/enforcement/linux.ts';
import { decisionKeeper } from '../../agent/policy/decision-keeper.ts';
import { recorder as makeRecorder } from '../../agent/recorder.ts';
import { rehearse } from '../../agent/rehearsal.ts';
import type { Draft } from '../../agent/spool/spool.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { usbKernel } from '../fakes/usb-kernel.ts';
import { openSpool } from './spool/opened.ts';

const policy = { ...loadPolicy(profileText('focus')), mode: 'enforce' as const };
const log = pino({ level: 'silent' });

it('goes the way of a refused stick to its event, and leaves no trace', async () => {
  using kernel = usbKernel();
  using folder = tempFolder();
  const { spool, clock } = openSpool(folder.path);
  const platform = { bootId: () => 'boot-1', uptimeMilliseconds: () => 1 };
  const recorder = makeRecorder({ spool, platform, clock, recorded: () => undefined });
  const decisions = decisionKeeper({
    policy: () => ({ version: 1, sha256: '1', policy, expiresAt: undefined }),
    circumstances: () => ({ now: clock.now(), standing: { register: [], approvals: [], codes: [] } }),
    recall: (name) => spool.recall(name),
    record: recorder.record,
  });
  const enforcement = enforceOnLinux(kernel)({ clock: systemClock, log, ownPaths: [] });
  await enforcement.setMode('enforce');
  const control = enforcementControl({
    enforcement,
    decider: decisions.decider,
    policy: () => policy,
    mode: () => 'enforce',
    scanning: { unsupported: 'Not here.' },
    record: recorder.record,
    monotonic: () => 0,
    log,
  });
  kernel.written.length = 0;

  const drafts: Draft[] = [];
  const rehearsed: typeof recorder = {
    ...recorder,
    rehearse(change) {
      const draft = recorder.rehearse(change);
      drafts.push(draft);
      return draft;
    },
  };
  rehearse({ control, decisions, recorder: rehearsed });

  // Not `events.lost`: it is an event that would have been taken.
  expect(drafts[0]).toMatchObject({
    kind: 'media.attached',
    decision: { rights: { connect: 'allow', read: 'deny' } },
    outcome: { state: 'applied', mechanism: 'USB device not authorised' },
  });
  expect(kernel.written).toEqual([]);
  expect(spool.figures()).toMatchObject({ events: 0, headSeq: 0 });
  expect(decisions.attached()).toEqual([]);
  // What is decided of a real one afterwards is not taken from it.
  expect(await control.act([], [])).toEqual([]);
  spool.close();
});

it('does not stop who asks for it, whatever fails', () => {
  const refuse = () => {
    throw new Error('Mounts cannot be listed.');
  };
  const same = <T>(change: T) => change;
  expect(() =>
    rehearse({ control: { rehearse: refuse }, decisions: { rehearse: same }, recorder: { rehearse: refuse } }),
  ).not.toThrow();
});
