import { PortcullisError } from '#shared/errors.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import type { Tools } from '../../platform/darwin/tools.ts';

/** 0: off. 1: on, with openings for some programs. 2: everything that is not needed is closed. */
export type FirewallState = 0 | 1 | 2;

/** Undefined where the answer has another form. @throws when there is none */
export async function readFirewall(tools: Tools): Promise<FirewallState | undefined> {
  const look = await tools.run('socketfilterfw', ['--getglobalstate']);
  if (!look.ok) throw new PortcullisError(look.error.code, look.error.says);
  return parseFirewall(look.seen);
}

/** Pure. By the number in `Firewall is enabled. (State = 1)`, whatever the words. */
export function parseFirewall(text: string): FirewallState | undefined {
  const number = Number(/=\s*([012])\b/.exec(text)?.[1] ?? Number.NaN);
  return number === 0 || number === 1 || number === 2 ? number : undefined;
}

/** Pure. */
export function judgeFirewall(state: FirewallState | undefined): PostureFacts {
  const item = 'firewall' as const;
  const what = 'Application Firewall of macOS';
  if (state === undefined)
    return { item, state: 'unknown', what, because: 'Its answer has a form that is not known here.' };
  if (state === 0) return { item, state: 'bad', what, because: 'It is off.' };
  return { item, state: 'good', what, because: 'It is on.' };
}
