import { uptime } from 'node:os';
import { barePlatform } from './bare.ts';
import type { Platform } from './platform.ts';

export function windows(): Platform {
  const why = 'The Windows half of the agent is not built yet.';
  return barePlatform('windows', why, { uptimeMilliseconds: () => Math.round(uptime() * 1000), startedAt: Date.now() });
}
