import { hostname, totalmem } from 'node:os';
import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import type { Inventory } from '#shared/events/agent.ts';
import { checker } from '#shared/schema.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { type Storage, storageReader } from './darwin/storage.ts';
import type { Tools } from './darwin/tools.ts';
import { count, present, said } from './hardware-words.ts';

/** What was read of the hardware, before anything is made of it. */
export interface DarwinAnswers {
  hostname: string;
  memoryBytes: number;
  version: string;
  build: string;
  /** Of `system_profiler -json SPHardwareDataType`. */
  hardware: string;
  storage: Storage;
}

/** Hardware and operating system for the asset register. Meant for once a day: the report takes about a second. */
export async function readInventoryOnDarwin(tools: Tools): Promise<Look<Inventory>> {
  try {
    const ask = async (...[name, args]: Parameters<Tools['run']>) => {
      const look = await tools.run(name, args);
      if (!look.ok) throw new PortcullisError(look.error.code, look.error.says);
      return look.seen.trim();
    };
    const storage = await storageReader(tools, () => 0)();
    if (!storage.ok) return storage;
    const answers: DarwinAnswers = {
      hostname: hostname(),
      memoryBytes: totalmem(),
      version: await ask('sw_vers', ['-productVersion']),
      build: await ask('sw_vers', ['-buildVersion']),
      hardware: await ask('system_profiler', ['-json', 'SPHardwareDataType']),
      storage: storage.seen,
    };
    return { ok: true, seen: toInventory(answers) };
  } catch (error) {
    return lookFailed(error, 'The inventory could not be read');
  }
}

const Hardware = Type.Object({
  SPHardwareDataType: Type.Array(
    Type.Object({
      machine_model: Type.Optional(Type.String()),
      machine_name: Type.Optional(Type.String()),
      serial_number: Type.Optional(Type.String()),
      chip_type: Type.Optional(Type.String()),
      cpu_type: Type.Optional(Type.String()),
    }),
  ),
});

/** Pure. @throws when the report has another form */
export function toInventory({
  hostname: name,
  memoryBytes,
  version,
  build,
  hardware,
  storage,
}: DarwinAnswers): Inventory {
  const report: unknown = JSON.parse(hardware);
  if (!checker(Hardware).check(report))
    throw new PortcullisError('unreadable', 'The report of hardware has another form.');
  const [machine = {}] = report.SPHardwareDataType;
  const model = said(machine.machine_name);
  return {
    hostname: said(name) ?? 'unknown',
    osName: 'macOS',
    osVersion: said(`${version} (${build})`) ?? 'unknown',
    ...present({
      manufacturer: 'Apple',
      model: said([model, said(machine.machine_model)].filter(Boolean).join(' ')),
      serial: said(machine.serial_number),
      // Names of products are the same in every language.
      portable: model === undefined ? undefined : model.startsWith('MacBook'),
      processor: said(machine.chip_type) ?? said(machine.cpu_type),
      memoryBytes: count(memoryBytes),
    }),
    disks: disksOf(storage).slice(0, 64),
  };
}

/** Sticks, images and containers are none of the computer's disks. */
function disksOf({ disks, info }: Storage): Inventory['disks'] {
  return disks.flatMap((disk) => {
    const about = info.get(disk.id);
    if (disk.stores.length > 0 || about?.isInside !== true || about.bus === 'Disk Image' || about.hasRemovableMedium)
      return [];
    return [present({ model: said(about.product), sizeBytes: count(disk.sizeBytes), type: said(about.bus) })];
  });
}
