import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import pino from 'pino';
import { expect, it, vi } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { newKeyPair, signer } from '#shared/identity.ts';
import { policyText, type SignedStanding, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { agentHome } from '../../../agent/home.ts';
import type { Seen } from '../../../agent/platform/presence.ts';
import { ruling } from '../../../agent/policy/ruling.ts';
import type { Judged } from '../../../agent/recorder.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  serial: 'EX0000000001',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '1-4',
};
const rule = `
rules:
  - id: nurses-in-the-ward
    when: { user: { groups: nursing }, network: { onNetwork: true } }
    rights: { read: allow }
network: { addresses: [10.20.0.0/16] }
`;
const focusText = profileText('focus')
  .replace('mode: report', 'mode: enforce')
  .replace(/^rules:\n(?:(?: .*|#.*)?\n)*/m, `${rule.trim()}\n\n`);

const start = Date.UTC(2026, 10, 21, 9);
const computerId = '00000000-0000-7000-8000-000000000001';

/** An agent's ruling on a computer where somebody sits, with one stick that was decided. */
function sitting(seen: Seen) {
  const folder = tempFolder();
  const home = agentHome(folder.path);
  const collector = signer(newKeyPair().privateKeyPem);
  const state = { seen, now: 0, events: [] as Judged[], wake: () => {}, changed: [] as string[] };
  const made = ruling({
    home,
    identity: {
      computerId,
      organisation: 'focus',
      privateKeyPem: '',
      nameKey: '',
      collector: { url: 'https://collector.test', key: collector.publicKey, fingerprint: null, trusted: '' },
    },
    platform: {
      bootId: () => 'boot',
      uptimeMilliseconds: () => 0,
      presence: {
        look: () => state.seen,
        listen(wake) {
          state.wake = wake;
          return () => undefined;
        },
      },
    },
    clock: { now: () => start + state.now, monotonic: () => state.now },
    log: pino({ level: 'silent' }),
    https: new Agent(),
    random: () => 0,
    recall: () => undefined,
    keep: (changes) => state.events.push(...changes),
    changed: (what) => state.changed.push(what),
    refused: () => undefined,
  });
  const unsigned = { version: 1, organisation: 'focus', publishedAt: '2026-11-21T09:00:00.000Z', text: focusText };
  made.policy.accept({ ...unsigned, signature: collector.sign(signingContexts.policy, policyText(unsigned)) });
  made.decisions.record([
    { kind: 'media.attached', data: { device: stick, volumes: [], presentAtStart: false } },
    { kind: 'media.file-written', data: {} } as unknown as Judged,
  ]);
  const close = () => {
    made.stop();
    folder[Symbol.dispose]();
  };
  return { state, made, collector, home, [Symbol.dispose]: close };
}

const ward = { links: [{ kind: 'physical' as const, addresses: ['10.20.1.2'] }], searchDomains: [] };
const ann = { name: 'a.staff', groups: ['nursing'] };
const ben = { name: 'b.staff', groups: ['estates'] };

it('another person at the computer, or another network, is decided anew and told with who it was', async () => {
  using desk = sitting({ person: ann, network: ward });
  const { state, made } = desk;
  expect(state.events[0]).toMatchObject({ actor: { user: 'a.staff' }, decision: { rights: { read: 'allow' } } });
  expect(state.events[1]?.actor).toBeUndefined();
  made.start();
  const turn = async (seen: Seen, events: number) => {
    state.seen = seen;
    state.now += 2000;
    state.wake();
    await vi.waitFor(() => expect(state.events).toHaveLength(events), 30_000);
    return state.events.at(-1);
  };
  expect(await turn({ person: ben, network: ward }, 3)).toMatchObject({
    kind: 'media.decided',
    actor: { user: 'b.staff' },
    decision: { rights: { read: 'deny' } },
  });
  expect(await turn({ person: ann, network: ward }, 4)).toMatchObject({ decision: { rights: { read: 'allow' } } });
  expect(await turn({ person: ann, network: { ...ward, links: [] } }, 5)).toMatchObject({
    decision: { rights: { read: 'deny' } },
  });
});

it('what nobody can tell is unknown and permits nothing', () => {
  using desk = sitting({});
  expect(desk.state.events[0]).not.toHaveProperty('actor');
  const { trace, rights } = desk.made.decisions.decider()({ device: stick });
  expect(rights.read).toBe('deny');
  const because = trace.find(({ ruleId }) => ruleId === 'nurses-in-the-ward')?.because;
  expect(because).toBe('Not known: user.groups, network.onNetwork.');
});

it('what depends on the standing is looked at again when a title is tolerated no more, and not before', () => {
  using desk = sitting({ person: ann, network: ward });
  const { state, made, collector, home } = desk;
  const until = new Date(start + 60_000).toISOString();
  const software = [{ source: 'dpkg', name: 'editor', standing: 'tolerated', until }];
  const text = JSON.stringify({ standing: { approvals: [], software, codes: [] }, cancelled: [] });
  const unsigned = { version: 1, computerId, issuedAt: '2026-11-21T09:00:00.000Z', text };
  const signature = collector.sign(signingContexts.standing, standingText(unsigned));
  writeFileSync(home.standing, JSON.stringify({ ...unsigned, signature } satisfies SignedStanding));
  made.load();
  made.start();
  state.now += 59_999;
  made.check();
  expect(state.changed).toEqual([]);
  state.now += 1;
  made.check();
  made.check();
  expect(state.changed).toEqual(['standing']);
});
