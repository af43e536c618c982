import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { attribute, entries } from './sysfs.linux.ts';

/** Programs that want a processor beyond this share of those there are make the computer busy. */
const busyShare = 0.75;

/** Whether other work has the processors: by the average of the last minute, which the system keeps. */
export async function isBusyOnLinux(proc = '/proc', processors = cpus().length): Promise<boolean> {
  const text = await readFile(`${proc}/loadavg`, 'utf8').catch(() => '');
  const average = Number.parseFloat(text);
  return Number.isFinite(average) && average > processors * busyShare;
}

/** Whether the computer runs on its battery. A computer that does not tell is taken to be plugged in. */
export async function isOnBatteryOnLinux(sys = '/sys'): Promise<boolean> {
  const folder = `${sys}/class/power_supply`;
  const supplies = entries(folder).map((name) => `${folder}/${name}`);
  const mains = supplies.filter((supply) => attribute(`${supply}/type`) !== 'Battery');
  if (mains.some((supply) => attribute(`${supply}/online`) === '1')) return false;
  return supplies.some((supply) => isOwnBattery(supply) && attribute(`${supply}/status`) === 'Discharging');
}

/** The battery of a mouse says nothing of the computer. */
function isOwnBattery(supply: string): boolean {
  return attribute(`${supply}/type`) === 'Battery' && attribute(`${supply}/scope`) !== 'Device';
}
