import type { Coverage } from '#shared/events/agent.ts';
import { watcherWords } from './facts/agent.ts';
import type { Tag } from './severity.ts';
import { sentence } from './words.ts';

/** One line of what is watched: `Phones and cameras: seen. Stopping is possible, and not switched on.` */
export interface CoverageLine {
  thing: string;
  state: Tag;
  /** The mechanism, in words an ICT analyst knows. */
  how: string;
  /** What escapes it. */
  limits: readonly string[];
}

const tags: Record<Coverage['state'], Tag> = {
  watching: { text: 'Seen', colour: 'green' },
  enforcing: { text: 'Stopped where the policy says so', colour: 'green' },
  idle: { text: 'Not switched on', colour: 'grey' },
  degraded: { text: 'Seen in a poorer way', colour: 'yellow' },
  unsupported: { text: 'Not possible here', colour: 'grey' },
  failed: { text: 'Failed', colour: 'red' },
};

/** What is seen, and what can be stopped, as two lists; what is worst comes first. Pure. */
export function coverageLines(coverage: readonly Coverage[]): { seen: CoverageLine[]; stopped: CoverageLine[] } {
  const sorted = coverage.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  return {
    seen: sorted.filter(({ watcher }) => watcher !== 'enforcement').map(line),
    stopped: sorted.filter(({ watcher }) => watcher === 'enforcement').map(line),
  };
}

const order: readonly Coverage['state'][] = ['failed', 'degraded', 'unsupported', 'watching', 'enforcing', 'idle'];

function line({ watcher, area, state, how, limits }: Coverage): CoverageLine {
  const thing = watcher === 'enforcement' ? areaWords(area) : `${watcherWords[watcher]}: ${inCapitals(area)}`;
  const tag =
    watcher === 'enforcement' && state === 'degraded'
      ? { ...tags.degraded, text: 'Stopped in a poorer way' }
      : tags[state];
  return { thing, state: tag, how, limits };
}

/** The whole coverage in a few sentences that a person who is no technician can read. Pure. */
export function coverageSentences(coverage: readonly Coverage[]): string[] {
  const stopped = coverage.filter(({ watcher }) => watcher === 'enforcement');
  return coverage
    .filter(({ watcher }) => watcher === 'removable-media')
    .flatMap((seen) => {
      const stop = stopped.find(({ area }) => area === seen.area || area.startsWith(`${seen.area} `));
      return stop ? [`${areaWords(seen.area)}: ${seenWords(seen)}, ${stopWords(stop)}.`] : [];
    });
}

function areaWords(area: string): string {
  return sentence(inCapitals(area));
}

function inCapitals(area: string): string {
  return area.replace(/\busb\b/g, 'USB');
}

function seenWords({ state, how }: Coverage): string {
  switch (state) {
    case 'unsupported':
      return `not seen, because: ${clause(how)}`;
    case 'failed':
      return 'not seen at present, because of a fault';
    case 'degraded':
      return 'seen in a poorer way';
    default:
      return 'seen';
  }
}

function stopWords({ state, how, limits }: Coverage): string {
  switch (state) {
    case 'unsupported':
      return `not blockable here, because: ${clause(how)}`;
    case 'failed':
      return `not blocked at present, because: ${clause(limits[0] ?? how)}`;
    case 'idle':
      return 'could be blocked, but the policy only reports';
    case 'degraded':
      return 'blocked with gaps';
    default:
      return 'blocked where the policy says so';
  }
}

/** For the middle of a sentence. */
function clause(text: string): string {
  return text.trim().replace(/\.$/, '');
}
