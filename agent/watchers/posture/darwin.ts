import type { PostureItem } from '#shared/events/posture.ts';
import { readAccounts } from '../../platform/darwin/accounts.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import type { Source } from '../reconcile.ts';
import type { WatcherContext, WatcherFactory } from '../watcher.ts';
import { judgeAntivirus, readAntivirus } from './antivirus.darwin.ts';
import { judgeFirewall, readFirewall } from './firewall.darwin.ts';
import { judged, type Posture, posture, postureCoverage } from './index.ts';
import { judgeSupport, readMacosVersion } from './os-support.darwin.ts';
import { judgeScreenLock, readScreenLock } from './screen-lock.darwin.ts';

export function watchPostureOnDarwin(tools: Tools): WatcherFactory {
  return (context) => posture(postureOfDarwin(tools, context), context);
}

function postureOfDarwin(tools: Tools, { clock }: WatcherContext): Source<Posture> {
  return {
    async look() {
      const seen: Posture = {
        antivirus: await judged('antivirus', async () => judgeAntivirus(await readAntivirus(tools), clock.now())),
        'screen-lock': await judged('screen-lock', async () => {
          const accounts = await readAccounts(tools);
          const names = accounts.ok ? accounts.seen.flatMap(({ name }) => (/^[\w.-]+$/.test(name) ? [name] : [])) : [];
          return judgeScreenLock(await readScreenLock(tools, names));
        }),
        'os-support': await judged('os-support', async () => judgeSupport(await readMacosVersion(tools), clock.now())),
        firewall: await judged('firewall', async () => judgeFirewall(await readFirewall(tools))),
      };
      return { ok: true as const, seen };
    },
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => postureCoverage(limits).map((line) => ({ ...line, state: 'degraded' })),
  };
}

const limits: Record<PostureItem, string[]> = {
  antivirus: [neverOnAMac, 'Only some products of other makers are known; XProtect counts where none is.'],
  'screen-lock': [neverOnAMac, 'What people set for themselves cannot be read; only profiles count.'],
  'os-support': [neverOnAMac, 'Apple announces no end of support: only versions that have ended are known.'],
  firewall: [neverOnAMac, 'Only macOS’s own firewall is looked at.'],
};
