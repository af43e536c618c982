import { runTool } from '../platform/run.ts';
import type { Captured, Gathered } from './captured.ts';

const tools: readonly (readonly [name: string, args: readonly string[], kind: Captured['kind']])[] = [
  ['system_profiler', ['-json', 'SPUSBDataType', 'SPStorageDataType', 'SPHardwareDataType'], 'json'],
  ['diskutil', ['list', '-plist'], 'plist'],
  ['ioreg', ['-a', '-l', '-p', 'IOUSB'], 'plist'],
  ['fdesetup', ['status'], 'text'],
];

/** What the documented tools of macOS say of devices, disks and encryption. */
export async function gatherOnDarwin(): Promise<Gathered> {
  const gathered: Gathered = { captured: [], links: [], missing: [] };
  for (const [name, args, kind] of tools) {
    const look = await runTool(name, args, { timeoutMilliseconds: 60_000 });
    if (look.ok) gathered.captured.push({ path: `tools/${name}`, content: look.seen, kind });
    else gathered.missing.push({ what: name, why: look.error.code });
  }
  return gathered;
}
