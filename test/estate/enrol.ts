import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '#shared/errors.ts';
import {
  EnrolmentRefused,
  enrolWith,
  type Introduction,
  meetCollector,
  type NewComputer,
  type SimulatedAgent,
} from '../fakes/simulated-agent.ts';

export interface Enrolling {
  url: string;
  /** Enrolment codes; the next is taken when one is used up. */
  codes: readonly string[];
  /** Names of the computers, in order. */
  hostnames: readonly string[];
  /** How many of the estate come before these, so that two parts of it do not share an address. */
  first?: number;
}

/** One address may enrol 60 computers a minute. */
const enrolledPerAddress = 50;
const waitMilliseconds = 5000;

/**
 * Enrols one computer after the other, each with an identity of its own. Not yet connected.
 * @throws PortcullisError `codesUsedUp`; EnrolmentRefused
 */
export async function* enrolled({ url, codes, hostnames, first = 0 }: Enrolling): AsyncGenerator<SimulatedAgent> {
  const isLocal = new URL(url).hostname.startsWith('127.');
  const left = [...codes];
  let met: Introduction | undefined;
  for (const [index, hostname] of hostnames.entries()) {
    const computer = { hostname, address: isLocal ? addressOf(first + index) : undefined };
    let agent: SimulatedAgent | undefined;
    while (!agent) {
      met ??= await meetCollector(url, next(left, hostnames.length - index));
      agent = await enrolOnce(met, computer);
      if (!agent) met = undefined;
    }
    yield agent;
  }
}

/** @returns undefined when the code is used up */
async function enrolOnce(met: Introduction, computer: NewComputer): Promise<SimulatedAgent | undefined> {
  for (;;) {
    try {
      return await enrolWith(met, computer);
    } catch (error) {
      if (!(error instanceof EnrolmentRefused)) throw error;
      if (error.status === 403) return undefined;
      // Too many from this address within a minute.
      if (error.status !== 429) throw error;
      await sleep(waitMilliseconds);
    }
  }
}

function next(left: string[], missing: number): string {
  const code = left.shift();
  if (code !== undefined) return code;
  const says = `The enrolment codes are used up, and ${missing} computers have none. Make more with "portcullis-collector token create --uses 500".`;
  throw new PortcullisError('codesUsedUp', says);
}

function addressOf(index: number): string {
  const place = Math.floor(index / enrolledPerAddress);
  return `127.0.${1 + Math.floor(place / 250)}.${1 + (place % 250)}`;
}
