import { existsSync } from 'node:fs';
import { attachmentOf } from '../platform/attachment.linux.ts';
import { attribute, entries, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { restoreDoors } from './doors.linux.ts';
import { readUsbStates, type SystemFacts } from './facts.linux.ts';
import { putBack } from './identify.linux.ts';
import { type Kept, removeKept } from './kept.linux.ts';
import { markNames, removeMarks, writeMarks } from './marks.linux.ts';
import { type Hands, nodeOf, openNode, use } from './perform.linux.ts';
import { removeRules } from './udev.linux.ts';

/** What stands before anything is changed: devices that somebody else keeps outside stay there at the end. */
export function firstKept(sys: string): Kept {
  const foreign = [...readUsbStates(sys)].filter(([, { authorized }]) => !authorized).map(([port]) => port);
  return { doors: {}, foreign, readOnly: [], nodes: {} };
}

/** Rules of udev also meet what is there already, of which nothing is decided yet: it stays as it is until it is. */
export function markPresent({ blocks, cards }: SystemFacts, { run }: LinuxRoots): void {
  const ports = [...blocks.values()].flatMap((block) => {
    const attachment = attachmentOf(block);
    return attachment.by === 'usb' ? attachment.port : [];
  });
  for (const place of new Set([...ports, ...cards.keys()])) writeMarks(run, place, markNames);
}

/** Restores the former state. Goes on at each thing that does not want to. */
export async function releaseAll(hands: Hands): Promise<void> {
  const { roots, kept, tools, write } = hands;
  await restoreDoors(roots.sys, kept, write);
  await removeRules(roots, tools);
  removeMarks(roots.run);
  for (const name of Object.keys(kept.nodes)) await openNode(name, hands).catch(() => undefined);
  for (const name of kept.readOnly) await use('blockdev', ['--setrw', nodeOf(name, hands)], hands);
  await putBack(roots, write);
  await letUsbIn(hands);
  await bindCards(hands);
  removeKept(roots.run);
}

/** A device is let in where its bus would have let it in. */
async function letUsbIn({ roots, kept, write }: Hands): Promise<void> {
  const folder = `${roots.sys}/bus/usb/devices`;
  for (const [port, { authorized, interfaces }] of readUsbStates(roots.sys)) {
    const isOpen = attribute(`${folder}/usb${port.split('-')[0]}/authorized_default`) !== '0';
    if (!isOpen || kept.foreign.includes(port)) continue;
    if (!authorized) await write(`${folder}/${port}/authorized`, '1');
    const closed = interfaces.filter((one) => !one.authorized);
    for (const { name } of closed) await write(`${folder}/${name}/authorized`, '1');
    for (const { name } of closed) await write(`${roots.sys}/bus/usb/drivers_probe`, name);
  }
}

async function bindCards({ roots, write }: Hands): Promise<void> {
  const folder = `${roots.sys}/bus/mmc/devices`;
  const cards = entries(folder).filter((name) => !existsSync(`${folder}/${name}/driver`));
  for (const card of cards) await write(`${roots.sys}/bus/mmc/drivers_probe`, card);
}
