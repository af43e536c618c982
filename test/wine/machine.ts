import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Asks } from './guest/program.ts';
import type { Lab } from './lab.ts';
import { runInChroot, startWine } from './wine.ts';

type Answer<A extends keyof Asks> = Promise<Awaited<ReturnType<Asks[A]>>>;

/** A running Windows, by what can be asked of the program in it. Leaving its scope ends it. */
export interface Machine extends AsyncDisposable {
  ask<A extends keyof Asks>(ask: A, given: Parameters<Asks[A]>[0]): Answer<A>;
  /** Makes a folder on the Linux side that a drive can be made of. @returns its path as Wine takes it */
  folder(name: string, files: Record<string, string>): string;
  /** Where a path of drive C: lies on the Linux side. */
  onLinux(path: string): string;
  /** Asks the stand-in for UDisks. */
  udisks(method: 'Add' | 'Remove', ...words: string[]): void;
  stop(): Promise<void>;
}

const startMilliseconds = 60_000;

export async function startMachine(lab: Lab): Promise<Machine> {
  const word = randomBytes(16).toString('hex');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const wine = startWine(lab, [String(port), word]);
  try {
    const socket = await connection(server, word);
    const ask = asker(socket);
    return machine(lab, wine, ask, async () => {
      socket.destroy();
      server.close();
      await wine.stop();
    });
  } catch (cause) {
    const said = logOf(lab, wine.windows);
    server.close();
    await wine.stop();
    throw new Error(`Windows did not start. It said: ${said}`, { cause });
  }
}

function logOf(lab: Lab, windows: string): string {
  try {
    return readFileSync(join(lab.chroot, windows, 'guest.log'), 'utf8').slice(-2000);
  } catch {
    return 'nothing';
  }
}

function machine(
  lab: Lab,
  wine: ReturnType<typeof startWine>,
  ask: Machine['ask'],
  stop: () => Promise<void>,
): Machine {
  return {
    ask,
    stop,
    folder(name, files) {
      const folder = join(lab.chroot, wine.windows, 'media', name);
      mkdirSync(folder, { recursive: true });
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
      return `${wine.windows}/media/${name}`;
    },
    onLinux: (path) => join(lab.chroot, wine.windows, 'drive_c', ...path.replace(/^C:\\/, '').split('\\')),
    udisks(method, ...words) {
      const target = ['--system', '--print-reply', '--dest=org.freedesktop.UDisks2', '/org/freedesktop/UDisks2'];
      const strings = words.map((text) => `string:${text}`);
      runInChroot(lab, ['dbus-send', ...target, `laboratory.Media.${method}`, ...strings]);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The first connection that knows the word: others on this computer may knock, too. */
function connection(server: ReturnType<typeof createServer>, word: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('The program did not report.')), startMilliseconds);
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        if (bytes.toString().trim() !== word) {
          socket.destroy();
          return;
        }
        clearTimeout(late);
        resolve(socket);
      });
    });
  });
}

function asker(socket: Socket): Machine['ask'] {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let number = 0;
  createInterface({ input: socket }).on('line', (line) => {
    const said = JSON.parse(line) as { number: number; result?: never; error?: string };
    const one = waiting.get(said.number);
    waiting.delete(said.number);
    if (said.error !== undefined) one?.reject(new Error(said.error));
    else one?.resolve(said.result as never);
  });
  socket.on('close', () => {
    for (const one of waiting.values()) one.reject(new Error('Windows has ended.'));
  });
  return (ask, given) =>
    new Promise((resolve, reject) => {
      number++;
      waiting.set(number, { resolve, reject });
      socket.write(`${JSON.stringify({ number, ask, given })}\n`);
    });
}
