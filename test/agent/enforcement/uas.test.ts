import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askUasUnits, parseLuns, type UasPlace, uasPipes } from '../../../agent/enforcement/uas.ts';
import { usbDescriptors } from '../../fakes/linux-tree.ts';

const pipes = { command: 0x04, status: 0x81, in: 0x82, out: 0x03 };
const atUsb3: UasPlace = { ...pipes, number: 0, hasStreams: true };
const atUsb2: UasPlace = { ...atUsb3, hasStreams: false };
const disk = [0x00, 0x00];
const disc = [0x05, 0x80];

interface Faults {
  status?: number;
  tag?: number;
  /** Gives no status any more after this many commands. */
  silentAfter?: number;
  takesNoCommand?: boolean;
}

/** A device that answers as the specification says, but for its faults; transfers end when there is something to say. */
function deviceWith(units: readonly number[][], hasStreams: boolean, faults: Faults = {}) {
  const commands: string[] = [];
  const streams: number[][] = [];
  const ready = new Map<number, Buffer[]>();
  const waiting = new Map<number, ((said: Buffer) => void)[]>();

  function say(endpoint: number, said: Buffer): void {
    const next = waiting.get(endpoint)?.shift();
    if (next) next(said);
    else ready.set(endpoint, [...(ready.get(endpoint) ?? []), said]);
  }

  function word(id: number, tag: number): Buffer {
    const said = Buffer.alloc(16);
    said.writeUInt8(id);
    said.writeUInt16BE(faults.tag ?? tag, 2);
    said.writeUInt8(faults.status ?? 0, 6);
    return said;
  }

  function obey(command: Buffer): void {
    const block = command.subarray(16);
    commands.push(`${command.subarray(8, 16).toString('hex')} ${block.subarray(0, 6).toString('hex')}`);
    const list = Buffer.alloc(8 + 8 * units.length);
    list.writeUInt32BE(8 * units.length);
    for (const index of units.keys()) list.writeUInt8(index, 8 + 8 * index + 1);
    const answer =
      block[0] === 0xa0 ? list : Buffer.from([...(units[command.readUInt8(9)] ?? []), ...Array(34).fill(0)]);
    if (commands.length > (faults.silentAfter ?? 99)) return;
    const tag = command.readUInt16BE(2);
    if (!hasStreams) say(pipes.status, word(6, tag));
    if (!faults.status) say(pipes.in, answer);
    say(pipes.status, word(3, tag));
  }

  return {
    commands,
    streams,
    allotStreams: (endpoints: readonly number[]) => void streams.push([...endpoints]),
    transfer(endpoint: number, data: Buffer, stream = 0): Promise<number> {
      if (endpoint === pipes.command) {
        if (faults.takesNoCommand) return Promise.resolve(-1);
        obey(Buffer.from(data));
        return Promise.resolve(data.length);
      }
      expect(stream).toBe(hasStreams ? 1 : 0);
      const said = ready.get(endpoint)?.shift();
      if (said) return Promise.resolve(said.copy(data));
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(-1), 20);
        waiting.set(endpoint, [
          ...(waiting.get(endpoint) ?? []),
          (late) => {
            clearTimeout(timer);
            resolve(late.copy(data));
          },
        ]);
      });
    },
  };
}

describe.each([
  ['at USB 3', atUsb3],
  ['at USB 2', atUsb2],
])('a device that speaks UAS and nothing else, %s', (_name, place) => {
  const asked = (units: readonly number[][], faults?: Faults) => {
    const device = deviceWith(units, place.hasStreams, faults);
    return { device, said: askUasUnits(device, place) };
  };

  it.each([
    ['a hard disk', [disk], [{ kind: 'disk', removable: false }]],
    ['a disc drive', [disc], [{ kind: 'optical', removable: true }]],
    [
      'two units',
      [disc, disk],
      [
        { kind: 'optical', removable: true },
        { kind: 'disk', removable: false },
      ],
    ],
    ['no unit at all', [], []],
  ])('%s says what it is', async (_case, units, expected) => {
    expect(await asked(units).said).toEqual(expected);
  });

  it('is sent nothing that touches a medium', async () => {
    const { device, said } = asked([disk, disc]);
    await said;
    expect(device.commands).toEqual([
      '0000000000000000 a00000000000',
      '0000000000000000 120000002400',
      '0001000000000000 120000002400',
    ]);
    expect(device.streams).toEqual(place.hasStreams ? [[0x81, 0x82, 0x03]] : []);
  });

  it.each<[string, Faults]>([
    ['takes no command', { takesNoCommand: true }],
    ['gives no answer', { silentAfter: 0 }],
    ['is silent at its second unit', { silentAfter: 2 }],
    ['says that it failed', { status: 2 }],
    ['answers another question', { tag: 7 }],
  ])('is unknown when it %s', async (_case, faults) => {
    expect(await asked([disc, disk], faults).said).toBeUndefined();
  });
});

describe('what a device says of itself', () => {
  it('names the four endpoints of the interface that is asked for', () => {
    const descriptors = usbDescriptors(['03:01:01', '08:06:62']);
    expect(uasPipes(descriptors, 1)).toEqual(pipes);
    expect(uasPipes(descriptors, 0)).toBeUndefined();
    expect(uasPipes(descriptors.subarray(0, descriptors.length - 4), 1)).toBeUndefined();
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 8, maxLength: 136 }), (raw, list) => {
        uasPipes(raw, 0);
        expect(parseLuns(Buffer.from(list)).length).toBeLessThanOrEqual(16);
      }),
    );
  });
});
