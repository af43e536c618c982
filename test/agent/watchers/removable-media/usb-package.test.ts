import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = new URL('../../../../agent/watchers/removable-media/usb-package.ts', import.meta.url).href;
const program = `
  const { listenToUsbPackage } = await import(${JSON.stringify(module)});
  const listening = await listenToUsbPackage(() => undefined);
  console.log(listening ? 'listening' : 'cannot listen');
  await listening?.stop();
`;

describe('the USB package in a process of its own', () => {
  it('lets the process end by itself once it is stopped, with or without a bus', () => {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(child.status).toBe(0);
    expect(child.stdout).toMatch(/listen/);
  });
});
