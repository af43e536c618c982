import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askUnits } from '../../../agent/enforcement/bulk-only.ts';
import { parseInquiry } from '../../../agent/enforcement/inquiry.ts';

const place = { number: 0, out: 0x02, in: 0x81 };
const stick = [0x00, 0x80];
const fixedDisk = [0x00, 0x00];
const disc = [0x05, 0x80];
const absent = [0x7f, 0x00];

interface Faults {
  silentAfter?: number;
  status?: number;
  tag?: number;
  isMute?: boolean;
}

/** A device that answers as the transport's specification says, but for its faults. Counts what it was sent. */
function deviceWith(units: readonly number[][], { silentAfter = 99, status = 0, tag, isMute = false }: Faults = {}) {
  const commands: Buffer[] = [];
  let answers: Buffer[] = [];
  let transfers = 0;
  return {
    commands,
    control(_request: object, data: Buffer): Promise<number> {
      if (isMute) return Promise.resolve(-1);
      data.writeUInt8(units.length - 1);
      return Promise.resolve(1);
    },
    bulk(endpoint: number, data: Buffer): Promise<number> {
      if (transfers++ >= silentAfter) return Promise.resolve(-1);
      if (endpoint === place.out) {
        commands.push(Buffer.from(data));
        const unit = data.readUInt8(13);
        const wrapper = Buffer.alloc(13);
        wrapper.write('USBS', 'latin1');
        wrapper.writeUInt32LE(tag ?? data.readUInt32LE(4), 4);
        wrapper.writeUInt8(status, 12);
        answers = [Buffer.concat([Buffer.from(units[unit] ?? absent), Buffer.alloc(34)]), wrapper];
        return Promise.resolve(data.length);
      }
      return Promise.resolve(answers.shift()?.copy(data) ?? -1);
    },
  };
}

describe('a storage device that is asked what it is', () => {
  it.each([
    ['a stick', [stick], [{ kind: 'disk', removable: true }]],
    ['a hard disk', [fixedDisk], [{ kind: 'disk', removable: false }]],
    ['a disc drive', [disc], [{ kind: 'optical', removable: true }]],
    [
      'a stick with a disc for its software',
      [disc, stick],
      [
        { kind: 'optical', removable: true },
        { kind: 'disk', removable: true },
      ],
    ],
    ['a unit with nothing behind it', [stick, absent], [{ kind: 'disk', removable: true }]],
  ])('%s', async (_name, units, expected) => {
    expect(await askUnits(deviceWith(units), place)).toEqual(expected);
  });

  it('is sent one INQUIRY for each unit, and nothing that touches a medium', async () => {
    const device = deviceWith([disc, stick]);
    await askUnits(device, place);
    expect(device.commands.map((command) => command.toString('hex'))).toEqual([
      `55534243${'00000000'}${'24000000'}80${'00'}06${'120000002400'}${'00'.repeat(10)}`,
      `55534243${'01000000'}${'24000000'}80${'01'}06${'120000002400'}${'00'.repeat(10)}`,
    ]);
  });

  it('has one unit when it does not say how many', async () => {
    expect(await askUnits(deviceWith([disc, stick], { isMute: true }), place)).toHaveLength(1);
  });

  it.each<[string, Faults]>([
    ['takes no command', { silentAfter: 0 }],
    ['gives no answer', { silentAfter: 1 }],
    ['gives no status', { silentAfter: 2 }],
    ['says that it failed', { status: 1 }],
    ['answers another question', { tag: 7 }],
    ['is silent at its second unit', { silentAfter: 4 }],
  ])('is unknown when it %s', async (_name, faults) => {
    expect(await askUnits(deviceWith([disc, stick], faults), place)).toBeUndefined();
  });

  it('may answer anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 36 }), (bytes) => {
        const units = parseInquiry(Buffer.from(bytes));
        expect(units.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
