import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventKind, kindDefinition, kindNames, type PortcullisEvent } from '#shared/events/kinds.ts';
import { redactor } from '../../../collector/exports/redact.ts';
import { eventRecord } from './example-records.ts';

const subject = { name: 'Sam Subject', email: 'sam@example.org', accounts: ['sam.subject'] };
const other = { name: 'Olive Other', email: 'olive.other@example.org', accounts: ['olive'] };
const secret = randomBytes(32);
const redacting = (othersSeen: string[] = ['visitor7']) =>
  redactor({ inScope: [subject], others: [other], othersSeen, secret });

const event = (kind: EventKind, data: object, user?: string): PortcullisEvent =>
  eventRecord(kind, data, user === undefined ? {} : { actor: { user, uid: 1001, process: 'nautilus' } }).event;
const stick = { class: 'usb-storage', bus: 'usb', serial: 'SERIAL-77', serialTrust: 'device', interfaces: [] };
const attached = {
  device: stick,
  volumes: [{ name: 'sdb1', encryption: 'plain', mountPoint: '/media/olive/X' }],
  presentAtStart: false,
};

describe('the redaction of a disclosure', () => {
  it('keeps what the subject did whole, but for the names of others in it', () => {
    const shown = redacting().event(event('media.attached', attached, 'sam.subject'));
    expect(shown.actor).toEqual({ user: 'sam.subject', uid: 1001, process: 'nautilus' });
    expect(JSON.stringify(shown)).toContain('SERIAL-77');
    expect(JSON.stringify(shown)).not.toMatch(/olive/i);
  });

  it('replaces account, account number and serial where somebody else acted', () => {
    const text = JSON.stringify(redacting().event(event('media.attached', attached, 'olive')));
    expect(text).not.toMatch(/olive|1001|SERIAL-77/);
    expect(text).toMatch(/person-[0-9a-f]{12}/);
    expect(text).toMatch(/serial-[0-9a-f]{12}/);
  });

  it('gives the same person and the same device the same word, within one disclosure only', () => {
    const words = (one: PortcullisEvent) => JSON.stringify(one).match(/(person|serial)-[0-9a-f]{12}/g);
    const first = redacting().event(event('media.attached', attached, 'olive'));
    expect(words(first)).toEqual(words(redacting().event(event('media.attached', attached, 'EXAMPLE\\olive'))));
    const elsewhere = redactor({ inScope: [subject], others: [other], othersSeen: [], secret: randomBytes(32) });
    expect(words(first)).not.toEqual(words(elsewhere.event(event('media.attached', attached, 'olive'))));
  });

  it('tells whose an event is', () => {
    const { whose } = redacting();
    expect(whose(event('agent.stopped', { because: 'x' }, 'sam.subject'))).toBe('own');
    expect(whose(event('agent.stopped', { because: 'x' }, 'visitor7'))).toBe('other');
    expect(whose(event('agent.stopped', { because: 'x' }))).toBe('nobody');
  });

  it.each(kindNames)('lets nobody else through in %s, wherever a text can stand', (kind) => {
    const example = kindDefinition(kind).example as object;
    const names = ['Olive Other', 'olive', 'olive.other@example.org', 'visitor7', 'EXAMPLE\\visitor7'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom('', '/', ' ', ':', '"'), (name, edge) => {
        const data = JSON.parse(JSON.stringify(example), (_, value: unknown) =>
          typeof value === 'string' ? `${value}${edge === '' ? ' ' : edge}${name}${edge}` : value,
        ) as object;
        const text = JSON.stringify(redacting().event(event(kind, data, name)));
        expect(text).not.toMatch(/olive|visitor7/i);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves a word alone that only holds a name', () => {
    const shown = redacting().event(event('agent.stopped', { because: 'Oliver stopped it, olives too' }));
    expect(shown.data).toEqual({ because: 'Oliver stopped it, olives too' });
  });
});
