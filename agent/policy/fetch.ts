import type { Agent } from 'node:https';
import type { Logger } from 'pino';
import { errorCode, InvalidError, PortcullisError } from '#shared/errors.ts';
import { requestJson } from '../uplink/request.ts';

export interface FetchParts<N> {
  /** For the log: `policy`. */
  what: string;
  url: URL;
  agent: Agent;
  log: Logger;
  random(): number;
  /** Whether what the notice names is in force already. */
  isInForce(notice: N): boolean;
  /** Takes what came into force. @throws InvalidError when it is not to be believed */
  accept(body: unknown): void;
  /** Told when what came was not believed; what was in force stays. */
  refused(error: InvalidError): void;
}

export interface Fetcher<N> {
  /** Something newer may exist. Never throws. @param token of the session that said so */
  exists(notice: N, token: string): void;
  stop(): void;
}

/** Agents of one collector are told in the same moment; they ask within this many milliseconds. */
const spread = 1000;
const longestWait = 5 * 60_000;

/** Answers "number N exists": fetches it by HTTPS unless it is in force, and tries again while nothing newer is told. */
export function fetcher<N>(parts: FetchParts<N>): Fetcher<N> {
  const { what, url, agent, log, random, isInForce, accept, refused } = parts;
  let wanted: { notice: N; token: string } | undefined;
  let busy = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  function soon(): void {
    clearTimeout(timer);
    const wait = failures === 0 ? spread : Math.min(longestWait, 5000 * 2 ** Math.min(failures - 1, 10));
    timer = setTimeout(() => void work(), wait * random());
    timer.unref();
  }

  async function work(): Promise<void> {
    if (busy || !wanted) return;
    const asked = wanted;
    busy = true;
    const again = await attempt(asked.token);
    busy = false;
    if (!again && wanted === asked) wanted = undefined;
    if (wanted) soon();
  }

  /** @returns whether the same may be tried again later */
  async function attempt(token: string): Promise<boolean> {
    try {
      accept(await fetchOne(token));
      failures = 0;
      return false;
    } catch (error) {
      failures += 1;
      log.warn({ code: errorCode(error) }, `the ${what} could not be taken over`);
      if (error instanceof InvalidError) refused(error);
      return error instanceof PortcullisError && error.retry;
    }
  }

  async function fetchOne(token: string): Promise<unknown> {
    const { status, body } = await requestJson(url, { agent, method: 'GET', token, longest: longestDocument });
    // The session is over; the next one brings another token.
    if (status === 401) throw new PortcullisError('sessionOver', 'The session is over.');
    if (status !== 200)
      throw new PortcullisError('notGiven', `The collector did not give the ${what}.`, { retry: true });
    return body;
  }

  return {
    exists(notice, token) {
      if (isInForce(notice)) return;
      wanted = { notice, token };
      failures = 0;
      soon();
    },
    stop() {
      wanted = undefined;
      clearTimeout(timer);
    },
  };
}

/** Bytes: a register of a hundred thousand media. */
const longestDocument = 40 * 1024 * 1024;
