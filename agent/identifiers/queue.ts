/** Something that waits its turn. */
export interface Waiting {
  sizeBytes: number;
  urgency: 'soon' | 'whenever';
  /** Monotonic time at which it came, in milliseconds. */
  since: number;
}

export interface Queue<W extends Waiting> {
  /** False when there is no room. */
  put(one: W): boolean;
  /** What is next: what is urgent before the rest, small before large, and now and then what waits longest. */
  take(): W | undefined;
  /** What is urgent and what is not, for the health. */
  waiting(): readonly W[];
}

/** A large file gets its turn, too, however many small ones come. */
const turnsUntilOldest = 8;

export function queue<W extends Waiting>(most: number): Queue<W> {
  const line: W[] = [];
  let turns = 0;

  return {
    put(one) {
      if (line.length >= most) return false;
      line.push(one);
      return true;
    },
    take() {
      turns++;
      const isBefore = turns % turnsUntilOldest === 0 ? isOlder : isSmaller;
      let best = 0;
      for (let index = 1; index < line.length; index++) {
        const [left, right] = [line[index], line[best]];
        if (left && right && goesBefore(left, right, isBefore)) best = index;
      }
      const [taken] = line.splice(best, 1);
      return taken;
    },
    waiting: () => line,
  };
}

function goesBefore(left: Waiting, right: Waiting, isBefore: (left: Waiting, right: Waiting) => boolean): boolean {
  return left.urgency === right.urgency ? isBefore(left, right) : left.urgency === 'soon';
}

function isSmaller(left: Waiting, right: Waiting): boolean {
  return left.sizeBytes < right.sizeBytes;
}

function isOlder(left: Waiting, right: Waiting): boolean {
  return left.since < right.since;
}
