import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { scopeOf } from '../accounts/scope.ts';
import type { ConsoleContext } from './layout.ts';
import { visitOf } from './visit.ts';

/** Whether an account may see what belongs to the organisation as a whole: computers, media, software and the policy have no team. */
export async function seesWholeOrganisation(
  { store, organisation }: ConsoleContext,
  request: FastifyRequest,
): Promise<boolean> {
  const { organisations, teams } = await scopeOf(store, visitOf(request).account);
  return teams === 'all' && (organisations === 'all' || organisations.includes(organisation));
}

/** Turns accounts of one team, or of another organisation, away from every route of this instance. */
export function onlyWholeOrganisation(app: FastifyInstance, context: ConsoleContext): void {
  app.addHook('preHandler', async (request) => {
    if (await seesWholeOrganisation(context, request)) return;
    const says =
      'The registers are of the whole organisation, and your account is limited to a part or to another one.';
    throw new PortcullisError('notAllowed', `${says} An ICT administrator can change it.`);
  });
}
