import type { FastifyRequest } from 'fastify';
import type { Software } from '#shared/events/software.ts';
import { type AgainstTitle, titleAlerts } from '../alerting/title-alerts.ts';
import { currentPolicy } from '../policies/policies.ts';
import { reportedUnapproved, type Title, type TitleState } from '../register/software-list.ts';
import { mayUse } from './access.ts';
import { alertsWithin } from './alert-looking.ts';
import type { ConsoleContext } from './layout.ts';
import { visitOf } from './visit.ts';
import { counted } from './words.ts';

const against: readonly TitleState[] = ['disallowed', 'tolerance-over', 'unsupported'] satisfies AgainstTitle[];

function isAgainst(state: TitleState): state is AgainstTitle {
  return against.includes(state);
}

/** How far a title that nobody should have any more is gone: who has it still, and the alerts about it. */
export async function againstView(context: ConsoleContext, request: FastifyRequest, title: Title) {
  if (!isAgainst(title.state) || title.installs === 0) return undefined;
  return {
    words: stillWords(title.installs, await reportedUnapproved(context.store, title.id)),
    alerts: mayUse(visitOf(request).account.role, 'GET /alerts')
      ? await alertsLink(context, request, title, title.state)
      : undefined,
  };
}

/** Pure. @param reported of them, whose agents have said that it is not approved */
export function stillWords(installs: number, reported: number): string {
  const have = `${counted(installs, 'computer')} still ${installs === 1 ? 'has' : 'have'} it.`;
  const rest = installs - reported;
  if (rest <= 0) return installs === 1 ? `${have} It reports so.` : `${have} All of them report so.`;
  const when = `as soon as ${rest === 1 ? 'it hears' : 'they hear'} of the decision`;
  if (reported === 0) return `${have} ${rest === 1 ? 'It reports' : 'They report'} so ${when}.`;
  return `${have} ${reported} of them ${reported === 1 ? 'reports' : 'report'} so, the other ${rest} ${when}.`;
}

async function alertsLink(context: ConsoleContext, request: FastifyRequest, title: Title, because: AgainstTitle) {
  const published = await currentPolicy(context.store);
  if (!published) return undefined;
  // Events were checked before they came into the register.
  const of = { source: title.source as Software['source'], name: title.name };
  const within = await alertsWithin(context, request);
  const found = await titleAlerts(context.store, published.policy, of, { because, within, now: context.clock.now() });
  if (!found || found.open === 0) return undefined;
  const address = new URLSearchParams({ same: found.sameAs, rows: 'each' });
  return { text: `${counted(found.open, 'alert')} about it not closed`, href: `/alerts?${address}` };
}
