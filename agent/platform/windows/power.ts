import { library } from './library.ts';

/** Whether the computer runs on its battery, and has one at all (SYSTEM_POWER_STATUS). */
export interface Power {
  onBattery: boolean;
  hasBattery: boolean;
}

export function powerReader(): () => Power {
  const ask = library('kernel32')<(status: Buffer) => boolean>('bool __stdcall GetSystemPowerStatus(uint8 *)');
  return () => {
    const status = Buffer.alloc(12);
    return ask(status) ? parsePower(status) : { onBattery: false, hasBattery: false };
  };
}

/** Pure. 128 of the battery's flags says that there is none, 255 that nobody knows. */
export function parsePower(status: Buffer): Power {
  const battery = status.readUInt8(1);
  return { onBattery: status.readUInt8(0) === 0, hasBattery: battery !== 255 && (battery & 128) === 0 };
}
