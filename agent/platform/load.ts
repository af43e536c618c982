import { cpus } from 'node:os';

/** Programs that want a processor beyond this share of those there are make the computer busy. */
const busyShare = 0.75;

/** Whether other work has the processors, between one question and the next; the first answer is no. */
export function busyMeter(read: typeof cpus = cpus): () => boolean {
  let before: Times | undefined;
  return () => {
    const now = timesOf(read());
    const [work, all] = [now.work - (before?.work ?? now.work), now.all - (before?.all ?? now.all)];
    before = now;
    return all > 0 && work / all > busyShare;
  };
}

interface Times {
  work: number;
  all: number;
}

function timesOf(processors: ReturnType<typeof cpus>): Times {
  const sum = { work: 0, all: 0 };
  for (const { times } of processors) {
    const work = times.user + times.nice + times.sys + times.irq;
    sum.work += work;
    sum.all += work + times.idle;
  }
  return sum;
}
