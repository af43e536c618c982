import { describe, expect, it } from 'vitest';
import { InvalidError } from '#shared/errors.ts';
import { decideFromFiles } from '#shared/policy/decide-command.ts';
import { noon, profileText } from './cases.ts';

const focus = profileText('focus').replace('mode: report', 'mode: enforce');
const device = { class: 'usb-storage', bus: 'usb', serial: 'EX1', serialTrust: 'device', interfaces: ['08:06:50'] };
const standing = { register: [{ id: 'R', serial: 'EX1', state: 'issued', approver: 'A' }], approvals: [], codes: [] };
const volume = { name: 'sdb1', encryption: 'encrypted', method: 'luks2' };

describe('deciding from files', () => {
  it('answers with rights, rule, clause and trace, and carries nothing out', () => {
    const answer = decideFromFiles(focus, JSON.stringify({ device, volume, standing }), noon);
    expect(answer).toMatchObject({
      rights: { read: 'allow', write: 'allow' },
      ruleId: 'issued-encrypted',
      clause: 'focus 3.6',
      mode: 'enforce',
      applied: false,
    });
    expect(answer.trace.length).toBeGreaterThan(5);
  });

  it('knows no register unless it is told one', () => {
    expect(decideFromFiles(focus, JSON.stringify({ device, volume }), noon).ruleId).toBe('unregistered-media');
  });

  it('decides at the time it is told', () => {
    const approval = {
      id: 'A1',
      kind: 'media',
      device: { serial: 'EX1' },
      rights: ['read'],
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-02T00:00:00.000Z',
      approver: 'H',
      reference: 'T',
    };
    const asked = (time: string) => JSON.stringify({ device, standing: { ...standing, approvals: [approval] }, time });
    expect(decideFromFiles(focus, asked('2026-01-01T12:00:00Z'), noon).rights.read).toBe('allow');
    expect(decideFromFiles(focus, asked('2026-01-02T00:00:00Z'), noon).rights.read).toBe('deny');
  });

  it.each([
    ['no JSON', '{', 'not valid JSON'],
    ['a misspelt fact', JSON.stringify({ device: { ...device, vendorID: '0781' } }), 'at /device'],
    ['a class that is none', JSON.stringify({ device: { ...device, class: 'stick' } }), '/device/class'],
    ['no device', '{}', 'device'],
    ['a day that is none', JSON.stringify({ device, time: '2026-02-31' }), '/time'],
    ['a time without zone', JSON.stringify({ device, time: '2026-02-01T10:00' }), '/time'],
  ])('refuses %s', (_name, text, says) => {
    expect(() => decideFromFiles(focus, text, noon)).toThrow(InvalidError);
    expect(() => decideFromFiles(focus, text, noon)).toThrow(says);
  });
});
