import type { Standing } from '#shared/policy/standing.ts';
import type { CodeKeeper } from './codes.ts';
import type { StandingKeeper } from './standing-keeper.ts';

/** Of the register nothing is known then, which is not to say that it is empty. */
const untold: Standing = { approvals: [], codes: [] };

/** What the collector told of how things stand, with the codes that were typed in here. Null: neither is known. */
export function standingNow(
  keeper: Pick<StandingKeeper, 'current'>,
  codes: Pick<CodeKeeper, 'inForce'>,
): Standing | null {
  const told = keeper.current()?.standing;
  const local = codes.inForce();
  const isLocal = local.codes.length > 0 || local.breakGlass !== undefined;
  return told || isLocal ? { ...(told ?? untold), ...local } : null;
}

const longestWait = 60 * 60_000;

/**
 * When the next approval begins or ends, medium expires, code runs out, or title is tolerated or supported no more. An
 * hour after `now` at the latest.
 */
export function nextTurn(standing: Standing | null, now: number): number {
  const { register = [], approvals, software = [], codes, breakGlass } = standing ?? untold;
  const times = [
    ...register.flatMap(({ state, expires }) => (state === 'issued' && expires !== undefined ? [expires] : [])),
    ...approvals.flatMap(({ from, to }) => [from, to]),
    ...software.flatMap(({ until, unsupportedSince }) =>
      [until, unsupportedSince].filter((time) => time !== undefined),
    ),
    ...codes.map(({ until }) => until),
    ...(breakGlass ? [breakGlass.until] : []),
  ];
  return times
    .map((time) => Date.parse(time))
    .filter((time) => time > now)
    .reduce((first, time) => Math.min(first, time), now + longestWait);
}
