import type { Readable } from 'node:stream';

/** What the service host tells the agent, one line each, on its standard input. All of it is a hint. */
export type HostLine =
  | { about: 'device'; change: 'add' | 'remove'; path: string }
  | { about: 'volume'; change: 'add' | 'remove'; letters: string[] }
  | { about: 'session'; event: number; session: number };

const longestLine = 2048;

/** Pure. `device add \\?\USB#…`, `volume remove 10` (a mask of letters, hexadecimal), `session 7 1`; anything else is undefined. */
export function parseHostLine(line: string): HostLine | undefined {
  if (line.length > longestLine) return undefined;
  const device = /^device (add|remove) (\S.*)$/.exec(line);
  if (device) return { about: 'device', change: changeOf(device[1]), path: device[2] ?? '' };
  const volume = /^volume (add|remove) ([0-9a-f]{1,8})$/i.exec(line);
  if (volume) return { about: 'volume', change: changeOf(volume[1]), letters: lettersOf(volume[2] ?? '0') };
  const session = /^session (\d{1,3}) (\d{1,10})$/.exec(line);
  return session ? { about: 'session', event: Number(session[1]), session: Number(session[2]) } : undefined;
}

function changeOf(word: string | undefined): 'add' | 'remove' {
  return word === 'remove' ? 'remove' : 'add';
}

/** Letters of a drive mask (dbcv_unitmask), the lowest bit being A. */
export function lettersOf(mask: string): string[] {
  const bits = Number.parseInt(mask, 16);
  return Array.from({ length: 26 }, (_, index) => index)
    .filter((index) => (bits >>> index) & 1)
    .map((index) => String.fromCharCode(65 + index));
}

/** Hands the host's lines to whoever listens. */
export interface HostLines {
  /** @returns what ends it */
  on(about: HostLine['about'], heard: (line: HostLine) => void): () => void;
}

export function hostLines(input: Readable | undefined): HostLines {
  const listeners = new Set<{ about: HostLine['about']; heard: (line: HostLine) => void }>();
  let rest = '';
  input?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, longestLine + 1);
    for (const line of lines) tell(parseHostLine(line));
  });

  function tell(line: HostLine | undefined): void {
    if (!line) return;
    for (const { about, heard } of listeners) if (about === line.about) heard(line);
  }

  return {
    on(about, heard) {
      const listener = { about, heard };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
