import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '#shared/version.ts';
import { type AgentVersion, driftOf, lagging, type Wanted } from '../../../collector/register/versions.ts';

const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((numbers) => numbers.join('.'));
const anyVersion = fc.oneof(
  version,
  fc.tuple(version, fc.constantFrom('alpha', 'rc1')).map((both) => both.join('-')),
);

describe('versions', () => {
  it('are in an order without contradiction', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each([
    ['0.9.0', '0.10.0'],
    ['1.0.0-rc1', '1.0.0'],
    ['latest', '0.0.0'],
    ['', '0.0.1'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });
});

const came = (given: string, since: number, more: Partial<AgentVersion> = {}): AgentVersion => ({
  version: given,
  since,
  notes: `notes of ${given}`,
  rollBack: false,
  ...more,
});
const policies = [
  { version: 3, publishedAt: 300, reason: 'Sticks are issued' },
  { version: 2, publishedAt: 200, reason: 'Discs are scanned' },
  { version: 1, publishedAt: 100, reason: 'The profile' },
];
const wanted = (agents: AgentVersion[]): Wanted => ({ agents, policies });
const runs = { agentVersion: '0.1.0', policyVersion: 3, os: 'linux' };

describe('a computer', () => {
  it('lags since the first version it did not take, and is told all it does without', () => {
    const drift = driftOf(
      { ...runs, policyVersion: 1 },
      wanted([came('0.1.0', 10), came('0.3.0', 30), came('0.2.0', 20)]),
    );
    expect(drift).toEqual({
      agent: { newest: '0.3.0', since: 20, lacks: ['Version 0.3.0: notes of 0.3.0', 'Version 0.2.0: notes of 0.2.0'] },
      policy: { newest: '3', since: 200, lacks: ['Policy 3: Sticks are issued', 'Policy 2: Discs are scanned'] },
    });
  });

  it.each([
    ['runs the newest', runs, [came('0.1.0', 10)]],
    ['runs a newer one than is known', { ...runs, agentVersion: '9.0.0' }, [came('0.2.0', 10)]],
    ['never said what it runs', { agentVersion: null, policyVersion: null, os: null }, [came('0.2.0', 10)]],
    ['is of another system than the release', runs, [came('0.2.0', 10, { platform: 'windows' })]],
    ['went back as a later release says', runs, [came('0.2.0', 10), came('0.1.0', 20, { rollBack: true })]],
  ])('that %s lags in nothing', (_what, computer, agents) => {
    expect(driftOf(computer, wanted(agents))).toEqual({});
  });

  it('lags again when something newer came after a way back', () => {
    const agents = [came('0.2.0', 10), came('0.1.0', 20, { rollBack: true }), came('0.3.0', 30)];
    expect(driftOf(runs, wanted(agents)).agent).toMatchObject({ newest: '0.3.0', since: 30 });
  });
});

it('finds exactly the computers that lag, whatever runs where', () => {
  const count = fc.record({
    agentVersion: fc.option(version),
    policyVersion: fc.option(fc.nat(4)),
    os: fc.constantFrom('linux', 'windows'),
    computers: fc.integer({ min: 1, max: 9 }),
  });
  const agents = fc.array(
    fc.tuple(version, fc.nat(99)).map(([one, since]) => came(one, since)),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(fc.array(count, { maxLength: 6 }), agents, (counts, known) => {
      const { agents: old, policyBelow } = lagging(counts, wanted(known));
      for (const one of counts) {
        const asked = old.some((pair) => pair.version === one.agentVersion && pair.os === one.os);
        const drift = driftOf(one, wanted(known));
        expect(asked).toBe(drift.agent !== undefined);
        expect(one.policyVersion !== null && one.policyVersion < policyBelow).toBe(drift.policy !== undefined);
      }
    }),
  );
});
