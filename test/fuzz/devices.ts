import { below, pick, type Random } from './chance.ts';
import { askHostileUnits, bytesParts } from './device-bytes.ts';
import { factsMade, type LinuxSeen, linuxSeen, type WindowsSeen, windowsSeen } from './device-facts.ts';
import { shapes } from './device-shapes.ts';
import { textParts } from './device-texts.ts';
import { insertToken, mutateBytes, mutateLines, repeatPiece, swapNumbers } from './mutate-bytes.ts';
import { mutateLeaves } from './mutate-json.ts';
import { type Input, type Target, unlessRefused } from './target.ts';

/** Words and bytes of devices, of the kernel and of Windows, through every parser of the agent that takes them in. */
export function openDevices(): Target {
  const made = factsMade();
  const shape = shapes();
  const seen = { linux: linuxSeen, windows: windowsSeen };
  const parts = [...Object.keys(bytesParts), ...Object.keys(textParts)];

  function bytesFor(part: string, random: Random): Buffer {
    const [bytes, text] = [bytesParts[part], textParts[part]];
    if (bytes) return mutateBytes(pick(bytes.seeds, random), random);
    return damagedText(pick(text?.seeds ?? [''], random), random);
  }

  /** Pieces cut out leave something that no reader hands on: that is nothing to judge. */
  function seenBy(part: 'linux' | 'windows', bytes: Buffer): string {
    const given = jsonOf(bytes);
    if (part === 'linux') return shape.linux.check(given) ? made.linux(given as LinuxSeen) : 'no computer';
    return shape.windows.check(given) ? made.windows(given as WindowsSeen) : 'no computer';
  }

  return {
    patience: 20_000,
    make(random): Input {
      const way = random();
      if (way < 0.4) {
        const part = pick(['linux', 'windows'] as const, random);
        const changed = mutateLeaves(structuredClone(seen[part]), random);
        return { part, bytes: Buffer.from(JSON.stringify(changed)) };
      }
      if (way < 0.45) {
        const bytes = Buffer.from(
          Array.from({ length: below(random, 400) }, () => below(random, random() < 0.5 ? 256 : 32)),
        );
        return { part: 'units', bytes };
      }
      const part = pick(parts, random);
      return { part, bytes: bytesFor(part, random) };
    },
    look({ part, bytes }) {
      if (part === 'units') return askHostileUnits(bytes);
      if (part === 'linux' || part === 'windows') return seenBy(part, bytes);
      const parse = bytesParts[part]?.parse ?? ((given: Buffer) => textParts[part]?.parse(given.toString('utf8')));
      return unlessRefused(() => ({ parsed: parse(bytes) })) === undefined ? 'refused' : 'parsed';
    },
  };
}

function damagedText(text: string, random: Random): Buffer {
  const way = random();
  // Long lines of the same: what costs more than its length shows here.
  if (way < 0.01) return Buffer.from(text.repeat(1 + Math.floor(100_000 / Math.max(text.length, 1))));
  if (way < 0.02) return Buffer.from(text + pick([' ', '"', '=', '\\', ':', '\t', '<', '9'], random).repeat(50_000));
  if (way < 0.5) return Buffer.from(mutateLines(text, random));
  return pick([mutateBytes, insertToken, repeatPiece, swapNumbers], random)(Buffer.from(text), random);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
