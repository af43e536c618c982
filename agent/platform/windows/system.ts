import type { Readable } from 'node:stream';
import { type HostLines, hostLines } from './host-lines.ts';
import { interfaceReader, type NetworkInterface } from './interfaces.ts';
import { type Power, powerReader } from './power.ts';
import { openRegistry, type Registry } from './registry.ts';
import { openSecurity, type Security } from './security.ts';
import { openSessions, type Sessions } from './sessions.ts';
import { type Devices, openDevices } from './setupapi.ts';
import { openVolumes, type Volumes } from './volumes.ts';
import { openWmi, type Wmi } from './wmi.ts';

/** Everything the agent asks of Windows. Tests put recorded answers in its place. */
export interface WindowsSystem {
  registry: Registry;
  devices: Devices;
  volumes: Volumes;
  wmi: Wmi;
  security: Security;
  sessions: Sessions;
  interfaces(): NetworkInterface[];
  power(): Power;
  host: HostLines;
}

/** @param hostInput where the service host writes its lines; absent when there is no host */
export function openWindows(hostInput?: Readable): WindowsSystem {
  return {
    registry: openRegistry(),
    devices: openDevices(),
    volumes: openVolumes(),
    wmi: openWmi(),
    security: openSecurity(),
    sessions: openSessions(),
    interfaces: interfaceReader(),
    power: powerReader(),
    host: hostLines(hostInput),
  };
}
