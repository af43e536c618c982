import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export type Message = Record<string, unknown>;

export interface JsonLines {
  send(message: object): void;
  close(): void;
}

/** Speaks JSON lines over a Unix socket that may take a moment to be there. */
export async function connectJsonLines(
  path: string,
  received: (message: Message) => void,
  closed: () => void,
): Promise<JsonLines> {
  const socket = await connectSoon(path);
  socket.on('error', () => socket.destroy());
  socket.on('close', closed);
  createInterface(socket).on('line', (line) => {
    // What the other side left half-said before a restart is no line of ours.
    const message = parse(line);
    if (message) received(message);
  });
  return {
    send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    close: () => void socket.destroy(),
  };
}

async function connectSoon(path: string) {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (attempt > 500) throw error;
      await delay(10);
    }
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

/** Requests that wait for their answers, by number. */
export function pendingAnswers() {
  const waiting = new Map<number, { resolve(answer: Message): void; reject(error: Error): void }>();
  let last = 0;
  return {
    /** @param milliseconds how long to wait before giving up with `what` */
    ask(what: string, milliseconds: number, send: (id: number) => void): Promise<Message> {
      const id = ++last;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail(new Error(`No answer in ${milliseconds / 1000} s: ${what}`)), milliseconds);
        const end = () => {
          clearTimeout(timer);
          waiting.delete(id);
        };
        const fail = (error: Error) => {
          end();
          reject(error);
        };
        waiting.set(id, {
          resolve(answer) {
            end();
            resolve(answer);
          },
          reject: fail,
        });
        send(id);
      });
    },
    answered: (id: unknown, message: Message) => waiting.get(Number(id))?.resolve(message),
    failAll(error: Error) {
      for (const { reject } of [...waiting.values()]) reject(error);
    },
  };
}
