import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import type { ConditionName, Coverage } from '#shared/events/agent.ts';
import { readIfThere, writeDurably } from '#shared/files.ts';
import type { Connection } from '../uplink/uplink.ts';

/** What the running agent says of itself to `portcullis-agent status`. */
export interface StatusFile {
  pid: number;
  version: string;
  startedAt: string;
  computerId: string;
  collector: string;
  connection: Connection;
  policyVersion: number;
  /** Where people at this computer knock: socket or pipe. */
  door?: string;
  conditions: ConditionName[];
  /** Files that wait to be looked into for identifiers. */
  inspection: { files: number; bytes: number };
  coverage: Coverage[];
}

/** Written by this program for itself; a torn or foreign file counts as none. */
export function readStatusFile(file: string): StatusFile | undefined {
  try {
    const text = readIfThere(file);
    return text === undefined ? undefined : (JSON.parse(text) as StatusFile);
  } catch {
    return undefined;
  }
}

/** A convenience for people: that it cannot be written must not stop the agent. */
export function statusFile(file: string, log: Logger) {
  return {
    write(status: StatusFile): void {
      try {
        writeDurably(file, `${JSON.stringify(status)}\n`);
      } catch (error) {
        log.warn({ code: errorCode(error) }, 'the status file could not be written');
      }
    },
    remove: () => rmSync(file, { force: true }),
  };
}
