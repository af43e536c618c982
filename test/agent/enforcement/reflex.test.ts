import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMarks } from '../../../agent/enforcement/marks.linux.ts';
import { readOnlyReflex } from '../../../agent/enforcement/reflex.linux.ts';
import { linuxTree } from '../../fakes/linux-tree.ts';

let tree: ReturnType<typeof linuxTree>;
let reflex: { stop(): void };
let faults: string[];
let shut: string[];

beforeEach(() => {
  tree = linuxTree();
  shut = [];
  mkdirSync(tree.roots.dev, { recursive: true });
  faults = [];
  reflex = start();
});
afterEach(() => {
  reflex.stop();
  tree[Symbol.dispose]();
});

const start = () =>
  readOnlyReflex({
    roots: tree.roots,
    setReadOnly(node) {
      const code = faults.shift();
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      shut.push(node.replace(`${tree.roots.dev}/`, ''));
    },
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

  it('is made read-only with its partitions', async () => {
    tree.disk('sdb', { under: '1-1', partitions: { sdb1: 4096 } });
    writeFileSync(join(tree.roots.dev, 'sdb'), '');
    expect(await metBefore('sdz')).toEqual(['sdb', 'sdb1']);
  });

  it('is made read-only when it is a partition that comes later', async () => {
    tree.disk('sdb', { under: '1-1', partitions: { sdb1: 4096 } });
    writeFileSync(join(tree.roots.dev, 'sdb1'), '');
    expect(await metBefore('sdz')).toEqual(['sdb1']);
  });

  it('is tried again until the kernel lets it be opened', async () => {
    faults = ['ENXIO', 'ENXIO'];
    appear('sdb', '1-1');
    await expect.poll(() => shut, { timeout: 30_000 }).toEqual(['sdb']);
  });

  it('that cannot be opened for good keeps nothing from the next', async () => {
    faults = ['EACCES'];
    appear('sdb', '1-1');
    expect(await metBefore('sdz')).toEqual([]);
  });

  it('is not met once the reflex has stopped', async () => {
    reflex.stop();
    appear('sdb', '1-1');
    reflex = start();
    expect(await metBefore('sdz')).toEqual([]);
  });
});
