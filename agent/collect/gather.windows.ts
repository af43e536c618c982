import { errorCode } from '#shared/errors.ts';
import type { WindowsSystem } from '../platform/windows/system.ts';
import type { Captured, Gathered } from './captured.ts';

/** One question to Windows and its answer, in the form of `WindowsSystem`, which is where parsing begins. */
interface Call {
  part: string;
  call: string;
  given: unknown[];
  /** Absent when it failed. */
  answer?: unknown;
  failed?: string;
}

const mostCalls = 20_000;
/** Answers that are of use only while the agent runs. */
const notRecorded = new Set(['host', 'listenAt']);

/** Looks once at everything the agent looks at. @param look asks the system that it is given */
export async function gatherOnWindows(
  system: WindowsSystem,
  look: (recorded: WindowsSystem) => Promise<void>,
): Promise<Gathered> {
  const calls: Call[] = [];
  await look(recording(system, calls));
  const parts = Map.groupBy(calls, ({ part }) => part);
  const captured: Captured[] = [...parts].map(([part, of]) => ({
    path: `windows/${part}.json`,
    content: JSON.stringify(of.map(plain), null, 1),
    kind: 'json',
  }));
  const missing = calls.length < mostCalls ? [] : [{ what: 'calls', why: 'tooMany' }];
  return { captured, links: [], missing };
}

/** The same system, which also writes down what it is asked and what it says. */
function recording(system: WindowsSystem, calls: Call[]): WindowsSystem {
  const heard = (part: string, call: string, ask: (...given: unknown[]) => unknown, self: unknown) => {
    return (...given: unknown[]): unknown => {
      try {
        const answer = ask.apply(self, given);
        if (!notRecorded.has(call) && calls.length < mostCalls) calls.push({ part, call, given, answer });
        return answer;
      } catch (error) {
        if (calls.length < mostCalls) calls.push({ part, call, given, failed: errorCode(error) });
        throw error;
      }
    };
  };
  return new Proxy(system, {
    get(target, part: keyof WindowsSystem & string) {
      const own: unknown = target[part];
      if (notRecorded.has(part)) return own;
      if (typeof own === 'function') return heard(part, part, own as never, target);
      return new Proxy(own as object, {
        get(_, call: string) {
          const method: unknown = Reflect.get(own as object, call);
          return typeof method === 'function' ? heard(part, call, method as never, own) : method;
        },
      });
    },
  });
}

/** As JSON has it: what it lacks is named. Bytes are told by their length, since nothing can be said of what they hold. */
function plain(value: unknown): unknown {
  if (value === undefined) return { undefined: true };
  if (typeof value === 'bigint') return { number: String(value) };
  if (Buffer.isBuffer(value)) return { bytes: value.length };
  if (value instanceof Map) return { map: [...value].map(plain) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  return value;
}
