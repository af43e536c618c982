import type { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { errorCode } from '#shared/errors.ts';
import { limits, paths, subprotocol } from '#shared/protocol/protocol.ts';
import { type Conversation, type ConversationParts, converse } from './conversation.ts';
import { connectPatience, type Ending, reconnectDelay } from './reconnect.ts';
import { whyUnreachable } from './unreachable.ts';

export interface Connection {
  state: 'connected' | 'waiting' | 'refused';
  since: string;
  /** Why there is none, in words, and the code of the error or refusal. */
  because?: string;
  code?: string;
}

export interface UplinkParts extends ConversationParts {
  url: string;
  agent: Agent;
  log: Logger;
  random(): number;
  changed(connection: Omit<Connection, 'since'>): void;
}

/** Keeps a connection to the collector for as long as it runs, and sends what the spool holds. */
export interface Uplink {
  start(): void;
  /** Something new is in the spool. */
  pump(): void;
  sendStatus(): void;
  /** Closes the connection; what was not acknowledged stays in the spool. */
  stop(): Promise<void>;
}

/** Events recorded within this time, in milliseconds, share a batch and a signature. */
const gatherMilliseconds = 20;

export function uplink(parts: UplinkParts): Uplink {
  const stopping = new AbortController();
  let conversation: Conversation | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let toldCode: string | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const ending = await once();
      failures = ending.welcomed ? 0 : failures + 1;
      const delay = reconnectDelay(ending, failures, parts.random());
      if (!stopping.signal.aborted)
        await sleep(delay, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  function once(): Promise<Ending> {
    let because = 'the connection was closed';
    let code: string | undefined;
    const socket = new WebSocket(new URL(paths.socket, parts.url), subprotocol, {
      agent: parts.agent,
      perMessageDeflate: false,
      handshakeTimeout: connectPatience,
      maxPayload: limits.batchBytes,
    });
    socket.on('error', (error) => {
      code = errorCode(error);
      because = whyUnreachable(code);
      tellOnce(code, because);
    });
    const current = converse(socket, {
      ...parts,
      welcomed() {
        toldCode = undefined;
        parts.changed({ state: 'connected' });
        parts.welcomed();
      },
      refused(refusal) {
        ({ code, says: because } = refusal);
        parts.log.warn({ code: refusal.code }, 'refused by the collector');
        parts.refused(refusal);
      },
    });
    conversation = current;
    return current.ended.then((ending) => {
      conversation = undefined;
      parts.changed({ state: ending.retry ? 'waiting' : 'refused', because, ...(code !== undefined && { code }) });
      return ending;
    });
  }

  /** The log has each cause once, and not each of the many attempts. */
  function tellOnce(code: string, because: string): void {
    if (code !== toldCode) parts.log.warn({ code, because }, 'the collector cannot be reached');
    toldCode = code;
  }

  return {
    start() {
      running = run();
    },
    pump() {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        conversation?.pump();
      }, gatherMilliseconds);
    },
    sendStatus: () => conversation?.sendStatus(),
    async stop() {
      stopping.abort();
      clearTimeout(gathering);
      conversation?.pump();
      conversation?.close();
      await running;
    },
  };
}
