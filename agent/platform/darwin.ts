import { uptime } from 'node:os';
import { barePlatform } from './bare.ts';
import type { Platform } from './platform.ts';

export function darwin(): Platform {
  const why = 'The macOS half of the agent is not built yet.';
  return barePlatform('darwin', why, { uptimeMilliseconds: () => Math.round(uptime() * 1000), startedAt: Date.now() });
}
