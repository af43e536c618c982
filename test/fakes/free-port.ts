import { once } from 'node:events';
import { createServer } from 'node:net';

const lowest = 20_000;
const count = 12_000;

/**
 * A port on which nobody listens, for a program that is ended and started again and must be found at the same place.
 * It lies below those that the kernel gives to whoever asks for any, so that no other test is given it meanwhile, and
 * test processes that run at once begin to look at different ones.
 */
export async function freePort(): Promise<number> {
  for (let step = 0; step < count; step++) {
    const port = lowest + ((process.pid * 7 + step) % count);
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${lowest} to ${lowest + count - 1} is taken.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
