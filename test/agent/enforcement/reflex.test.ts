import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMarks } from '../../../agent/enforcement/marks.linux.ts';
import { type Reflex, readOnlyReflex } from '../../../agent/enforcement/reflex.linux.ts';
import { linuxTree } from '../../fakes/linux-tree.ts';

let tree: ReturnType<typeof linuxTree>;
let reflex: Reflex;
let shut: string[];

beforeEach(async () => {
  tree = linuxTree();
  shut = [];
  mkdirSync(tree.roots.dev, { recursive: true });
  const setReadOnly = (node: string) => {
    shut.push(node.replace(`${tree.roots.dev}/`, ''));
    return Promise.reject(new Error('ENXIO'));
  };
  const load = () => Promise.resolve(setReadOnly);
  reflex = readOnlyReflex({ roots: tree.roots, log: pino({ level: 'silent' }), load });
  await reflex.start();
});
afterEach(() => {
  reflex.stop();
  tree[Symbol.dispose]();
});

/** As the kernel does it: known in sysfs first, then a node. */
function appear(name: string, under: string): void {
  tree.disk(name, { under });
  writeFileSync(join(tree.roots.dev, name), '');
}

/** After a disk that is always met, whatever came before it was met or passed over. */
async function metBefore(last: string): Promise<string[]> {
  appear(last, '1-9');
  await expect.poll(() => shut.includes(last), { timeout: 30_000 }).toBe(true);
  return [...new Set(shut)].filter((name) => name !== last);
}

describe('a disk whose node appears', () => {
  beforeEach(() => {
    for (const port of ['1-1', '1-2', '1-9']) tree.usb(port, { interfaces: ['08:06:50'] });
  });

  it('is made read-only, once it hangs on USB', async () => {
    appear('sdb', '1-1');
    appear('sdc', '/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0');
    expect(await metBefore('sdz')).toEqual(['sdb']);
  });

  it('is left as it is where it may be written', async () => {
    writeMarks(tree.roots.run, '1-2', ['writable', 'shown']);
    appear('sdb', '1-2');
    expect(await metBefore('sdz')).toEqual([]);
  });

  it('is not met once the reflex has stopped', async () => {
    reflex.stop();
    appear('sdb', '1-1');
    await reflex.start();
    expect(await metBefore('sdz')).toEqual([]);
  });
});
