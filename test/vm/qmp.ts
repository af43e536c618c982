import { EventEmitter } from 'node:events';
import { connectJsonLines, type Message, pendingAnswers } from './json-lines.ts';

/** QEMU's own control socket. */
export interface Qmp {
  execute(command: string, parameters?: object): Promise<unknown>;
  /** Does something that makes QEMU tell an event, and waits for it. */
  until(event: string, matches: (data: Message) => boolean, act: () => Promise<unknown>): Promise<void>;
  close(): void;
}

const milliseconds = 60_000;

export async function connectQmp(path: string): Promise<Qmp> {
  const pending = pendingAnswers();
  const told = new EventEmitter();
  const line = await connectJsonLines(path, receive, () => pending.failAll(new Error('QEMU has ended.')));

  function receive(message: Message): void {
    if (typeof message.event === 'string') told.emit(message.event, message.data ?? {});
    else pending.answered(message.id, message);
  }

  async function execute(command: string, parameters: object = {}): Promise<unknown> {
    const send = (id: number) => line.send({ execute: command, arguments: parameters, id });
    const { error, return: result } = await pending.ask(command, milliseconds, send);
    if (error) throw new Error(`QEMU refuses ${command}: ${(error as { desc: string }).desc}`);
    return result;
  }

  async function until(event: string, matches: (data: Message) => boolean, act: () => Promise<unknown>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const hear = (data: Message) => void (matches(data) && resolve());
    const timer = setTimeout(() => reject(new Error(`QEMU told no ${event}.`)), milliseconds);
    told.on(event, hear);
    try {
      await act();
      await promise;
    } finally {
      clearTimeout(timer);
      told.off(event, hear);
    }
  }

  await execute('qmp_capabilities');
  return { execute, until, close: line.close };
}
