import { PortcullisError } from '#shared/errors.ts';
import type { Fault } from '../fault.ts';
import type { Ground } from '../ground.ts';
import type { DiskFault, Preload, Spoiling } from '../preload.ts';

export interface DiskFaultKind {
  name: string;
  about: string;
  /** Whose disk. */
  of: 'agent' | 'collector';
  /** What the path of every file concerned holds. */
  files: string;
  faults: readonly [DiskFault, ...DiskFault[]];
  spoiling(random: Ground['random']): Spoiling;
}

/** Faults of one side's disk under load, while the program goes on. The disk is mended after a while. */
export function diskFault({ name, about, of, files, faults, spoiling }: DiskFaultKind): Fault {
  return {
    name,
    about,
    preload: true,
    async run(ground) {
      const { agent, random, until, aWhile } = ground;
      const disk = await startOn(ground, of, files);
      await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
      disk.disk(random.oneOf(faults), { seed: 1 + random.below(1e9), ...spoiling(random) });
      await until('the disk failed', () => disk.spoilt() > 0);
      await aWhile(900);
      disk.disk('none');
      const before = agent.accepted();
      await until('the agent works again', () => agent.accepted() > before);
      return {};
    },
  };
}

/** Starts collector and agent under load, one of them on a disk that can be spoilt. */
export async function startOn(ground: Ground, of: 'agent' | 'collector', files: string): Promise<Preload> {
  const { agent, collector, random } = ground;
  const disk = ground.preload(of, files);
  await collector.start(of === 'collector' ? { env: disk.env } : {});
  agent.start(200 + random.below(800), of === 'agent' ? { env: disk.env } : {});
  return disk;
}

/** Writes of one side that were not synced are kept, dropped, torn and put in another order when the power goes. */
export function tornWrites(name: string, about: string, of: 'agent' | 'collector', files: string): Fault {
  return {
    name,
    about,
    preload: true,
    async run(ground) {
      const { agent, collector, random, until } = ground;
      const disk = await startOn(ground, of, files);
      await until('the agent works', () => agent.accepted() > 0);
      disk.disk('powerCut', { skip: random.below(120), times: 1, seed: 1 + random.below(1e9) });
      const { program } = of === 'agent' ? agent : collector;
      const patience = setTimeout(() => program.end('SIGKILL'), 30_000);
      await program.ended();
      clearTimeout(patience);
      if (disk.spoilt() === 0) throw new PortcullisError('noPowerCut', 'The power was never cut.');
      disk.disk('none');
      return {};
    },
  };
}
