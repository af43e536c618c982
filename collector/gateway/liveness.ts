import type { WebSocket } from 'ws';

/** Knows whether the other end of a socket still answers. */
export interface Liveness {
  /** Asks now. @returns true as soon as it answers, false when it does not in time or the socket closes */
  ask(): Promise<boolean>;
  stop(): void;
}

const answerMilliseconds = 3000;

/** Pings at every interval and ends the socket when a whole interval passed without a sign of life. */
export function liveness(socket: WebSocket, intervalMilliseconds: number): Liveness {
  let heard = true;
  const hear = () => {
    heard = true;
  };
  socket.on('pong', hear).on('message', hear);
  const timer = setInterval(() => {
    if (!heard) socket.terminate();
    heard = false;
    socket.ping();
  }, intervalMilliseconds);

  return {
    ask: () =>
      new Promise((resolve) => {
        const answer = (yes: boolean) => {
          clearTimeout(timeout);
          socket.off('pong', onPong).off('close', onClose);
          resolve(yes);
        };
        const onPong = () => answer(true);
        const onClose = () => answer(false);
        const timeout = setTimeout(onClose, answerMilliseconds);
        socket.once('pong', onPong).once('close', onClose);
        socket.ping();
      }),
    stop: () => clearInterval(timer),
  };
}
