import { isoTime } from '#shared/clock.ts';
import { factsText, parsedFacts } from './facts-text.ts';
import { type JudgedEvent, judgeEvent, type ReplayParts } from './replay-event.ts';
import type { EventRow, ReplayComputer, Replayed } from './replay-pages.ts';
import { timeTurns } from './time-turns.ts';
import { within } from './within.ts';

const mostRemembered = 50_000;

/** Decides equal facts once. Computer and time belong to the facts only where a policy or the standing asks for them. */
export function rememberingJudge(parts: ReplayParts) {
  const { draft, current, standing } = parts;
  const policies = current ? [draft, current] : [draft];
  const turn = timeTurns(policies, standing);
  const asksComputer =
    policies.some(({ rules }) => JSON.stringify(rules ?? []).includes('"computer":')) ||
    (standing?.approvals.some(({ computerId }) => computerId !== undefined) ?? false);
  const known = new Map<string, Map<number, Map<string, Map<string, JudgedEvent>>>>();
  let remembered = 0;
  let decided = 0;

  /** What is remembered of events like this one: of its kind, and of its computer and stretch of time where they count. */
  function place(row: EventRow, kind: Replayed['kind']): Map<string, JudgedEvent> {
    const byComputer = within(known, kind);
    const byTurn = within(byComputer, asksComputer ? row.computer_no : 0);
    return within(byTurn, turn(row.at));
  }

  function decideAfresh(
    row: EventRow,
    kind: Replayed['kind'],
    computer: ReplayComputer | undefined,
    text: string,
  ): JudgedEvent {
    if (remembered >= mostRemembered) {
      known.clear();
      remembered = 0;
    }
    // Each line was checked against the schema of its kind before it was stored.
    const event = { ...parsedFacts(text), kind, at: isoTime(row.at) } as Replayed;
    const judged = judgeEvent(event, computer, parts);
    // A copy: a piece of a line keeps the whole line in memory.
    place(row, kind).set(Buffer.from(text).toString(), judged);
    remembered += 1;
    decided += 1;
    return judged;
  }

  return {
    decided: () => decided,
    of(row: EventRow, kind: Replayed['kind'], computer: ReplayComputer | undefined): JudgedEvent {
      const text = factsText(row.line);
      return place(row, kind).get(text) ?? decideAfresh(row, kind, computer, text);
    },
  };
}
