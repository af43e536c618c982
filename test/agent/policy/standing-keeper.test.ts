import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { type SignedStanding, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { standingKeeper } from '../../../agent/policy/standing-keeper.ts';
import { nextTurn, standingNow } from '../../../agent/policy/standing-now.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const collector = signer(newKeyPair().privateKeyPem);
const stranger = signer(newKeyPair().privateKeyPem);
const computerId = '0199aaaa-0000-7000-8000-000000000001';
const entry = { id: '1', serial: 'EX1', state: 'issued' as const, approver: 'nobody' };
const standing: Standing = { register: [entry], approvals: [], codes: [] };

function signed(
  change: Partial<SignedStanding> = {},
  by: Signer = collector,
  context: string = signingContexts.standing,
): SignedStanding {
  const text = JSON.stringify({ standing, cancelled: ['7K3M9QXV'] });
  const unsigned = { version: 7, computerId, issuedAt: '2026-11-21T09:00:00.000Z', text, ...change };
  return { ...unsigned, signature: by.sign(context, standingText(unsigned)) };
}

function keeping() {
  const folder = tempFolder();
  const file = join(folder.path, 'standing.json');
  const start = () => standingKeeper(file, collector.publicKey, computerId);
  const keeper = start();
  keeper.accept(signed());
  return { keeper, file, start, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe('the standing', () => {
  it('comes into force, and is there without the collector after a restart', () => {
    using kept = keeping();
    const keeper = kept.start();
    expect(keeper.load()).toBeUndefined();
    expect(keeper.current()).toEqual({ version: 7, standing, cancelled: ['7K3M9QXV'] });
  });

  it.each<[string, unknown, string]>([
    ['that was changed after it was signed', { ...signed(), version: 9 }, 'badStandingSignature'],
    ['that another key signed', signed({ version: 8 }, stranger), 'badStandingSignature'],
    ['that was signed as a policy', signed({ version: 8 }, collector, signingContexts.policy), 'badStandingSignature'],
    ['of another computer', signed({ version: 8, computerId: computerId.replace('1', '2') }), 'otherComputer'],
    ['that is older', signed({ version: 6 }), 'older'],
    ['that holds something else', signed({ version: 8, text: '{"standing":{}}' }), 'invalid'],
    ['that is nothing', undefined, 'invalid'],
  ])('stays when one comes %s', (_what, fetched, code) => {
    using kept = keeping();
    expect(() => kept.keeper.accept(fetched)).toThrow(expect.objectContaining({ code }));
    expect(kept.keeper.current()?.version).toBe(7);
  });

  it('is the one before when another hand changed the file', () => {
    using kept = keeping();
    kept.keeper.accept(signed({ version: 8 }));
    writeFileSync(kept.file, readFileSync(kept.file, 'utf8').replace('\\"issued', '\\"lost'));
    const keeper = kept.start();
    expect(keeper.load()).toMatch(/does not verify.*number 7, holds/);
    expect(keeper.current()?.version).toBe(7);
  });
});

describe('how things stand now', () => {
  const none = { current: () => null };
  const code = {
    id: '7K3M9QXV',
    device: { serial: 'EX1' },
    rights: ['read' as const],
    until: '2026-11-21T10:00:00.000Z',
  };

  it('is unknown until the collector told, unless a code was typed in', () => {
    expect(standingNow(none, { inForce: () => ({ codes: [] }) })).toBeNull();
    expect(standingNow(none, { inForce: () => ({ codes: [code] }) })).toMatchObject({ codes: [code] });
  });

  it('is what the collector told with the codes of this computer', () => {
    const told = { current: () => ({ version: 7, standing, cancelled: [] }) };
    expect(standingNow(told, { inForce: () => ({ codes: [code] }) })).toEqual({ ...standing, codes: [code] });
  });

  it('turns when the next approval begins or ends, medium expires or code runs out', () => {
    const now = Date.UTC(2026, 10, 21, 9);
    const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
    const approval = { id: '1', kind: 'media' as const, from: at(-5), to: at(40), approver: 'x', reference: 'y' };
    const all: Standing = {
      register: [{ ...entry, expires: at(30) }],
      approvals: [approval],
      codes: [{ ...code, until: at(20) }],
      breakGlass: { until: at(10), by: 'x' },
    };
    const minutes = (given: Standing | null) => (nextTurn(given, now) - now) / 60_000;
    expect(minutes(all)).toBe(10);
    expect(minutes({ ...standing, codes: all.codes, approvals: [approval] })).toBe(20);
    expect(minutes({ ...standing, register: all.register ?? [] })).toBe(30);
    expect(minutes({ ...standing, approvals: [approval] })).toBe(40);
    expect(minutes({ ...standing, register: [{ ...entry, state: 'lost', expires: at(30) }] })).toBe(60);
    expect(minutes(null)).toBe(60);
  });
});
