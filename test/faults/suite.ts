import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from './fault.ts';
import { buildPreload, whyNoPreload } from './preload.ts';
import { makeTemplate } from './template.ts';
import { type Tried, tryFault } from './try-fault.ts';

/** What all faults of a run share: a site to copy, and the library that spoils disks. */
export interface Suite extends AsyncDisposable {
  /** Why a fault cannot be tried on this computer. */
  cannot(fault: Fault): string | undefined;
  tryFault(fault: Fault, seed: number): Promise<Tried>;
}

export async function openSuite(): Promise<Suite> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-fault-suite-'));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear);
  const noPreload = whyNoPreload();
  const library = noPreload === undefined ? buildPreload(folder) : undefined;
  const template = join(folder, 'template');
  await makeTemplate(template);
  return {
    cannot: (fault) => (fault.preload ? noPreload : undefined) ?? fault.cannot?.(),
    tryFault: (fault, seed) => tryFault(fault, { template, library, seed }),
    async [Symbol.asyncDispose]() {
      process.off('exit', clear);
      clear();
    },
  };
}
