import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { beginDraft, openDrafts } from '../policies/drafts.ts';
import { type Agreed, rollBack } from '../policies/life-cycle.ts';
import {
  currentPolicy,
  listPolicies,
  newestVersion,
  type PublishedPolicy,
  policyVersion,
} from '../policies/policies.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { compared } from './policy-view.ts';
import { fieldOf, visitOf } from './visit.ts';
import { seesWholeOrganisation } from './whole-organisation.ts';
import { counted, moment } from './words.ts';

interface Params {
  Params: { version: string };
}

/** What holds now, what held before, and what is in the making. */
export function policyRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/policy', (request, reply) => sendPolicy(context, request, reply));

  app.post('/policy/drafts', async (request, reply) => {
    if (!(await seesWholeOrganisation(context, request))) return reply.callNotFound();
    const from = await versionFrom(context, fieldOf(request.body, 'version'));
    if (!from) return reply.callNotFound();
    const draft = { name: fieldOf(request.body, 'name'), text: from.signed.text, baseVersion: from.version };
    try {
      const id = await beginDraft(store, draft, { accountId: visitOf(request).account.id, now: clock.now() });
      return reply.redirect(`/policy/drafts/${id}`, 303);
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      return sendPolicy(context, request, reply, [{ field: 'name', text: error.message }]);
    }
  });

  app.get<Params>('/policy/versions/:version', async (request, reply) => {
    const found =
      (await seesWholeOrganisation(context, request)) && (await versionFrom(context, request.params.version));
    return found ? sendVersion(context, request, reply, found) : reply.callNotFound();
  });

  app.post<Params>('/policy/versions/:version/roll-back', async (request, reply) => {
    const found =
      (await seesWholeOrganisation(context, request)) && (await versionFrom(context, request.params.version));
    if (!found) return reply.callNotFound();
    const { agreed, errors } = agreedIn(context, request);
    if (errors.length > 0) return sendVersion(context, request, reply, found, errors);
    try {
      const { version } = await rollBack({ store, ...context.policies }, found.version, agreed);
      return reply.redirect(`/policy?published=${version}`, 303);
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error;
      return sendVersion(context, request, reply, found, [{ field: 'reason', text: error.message }]);
    }
  });
}

async function versionFrom({ store }: ConsoleContext, text: string): Promise<PublishedPolicy | undefined> {
  return /^[1-9]\d{0,8}$/.test(text) ? policyVersion(store, Number(text)) : undefined;
}

/** Who agreed and why, as every change of the policy needs it. */
export function agreedIn({ clock }: ConsoleContext, request: FastifyRequest): { agreed: Agreed; errors: FormError[] } {
  const { account } = visitOf(request);
  const [reason = '', approver = ''] = ['reason', 'approver'].map((name) =>
    fieldOf(request.body, name).trim().slice(0, 255),
  );
  const errors: FormError[] = [];
  if (reason === '') errors.push({ field: 'reason', text: 'Write why the policy changes' });
  if (approver === '') errors.push({ field: 'approver', text: 'Name who agreed to the change' });
  const own = [account.displayName, account.username].map((name) => name.toLowerCase());
  if (own.includes(approver.toLowerCase())) {
    errors.push({ field: 'approver', text: 'Somebody else than you has to agree to it' });
  }
  return { agreed: { reason, approver, by: account.username, accountId: account.id, now: clock.now() }, errors };
}

/** What was typed there before, so that a refused form comes back as it was. */
export function typedAgreement(request: FastifyRequest) {
  return { reason: fieldOf(request.body, 'reason'), approver: fieldOf(request.body, 'approver') };
}

async function sendPolicy(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  errors: FormError[] = [],
): Promise<string | undefined> {
  const { store } = context;
  if (!(await seesWholeOrganisation(context, request))) {
    reply.callNotFound();
    return undefined;
  }
  const current = await currentPolicy(store);
  const published = fieldOf(request.query, 'published');
  return sendPage(context, request, reply, {
    name: 'policy',
    title: 'Policy',
    section: 'policy',
    errors,
    data: {
      current: current && currentView(current),
      drafts: (await openDrafts(store)).map(({ id, name, base_version, updated_at, editor }) => ({
        ...{ href: `/policy/drafts/${id}`, name, base: base_version, editor, updated: moment(updated_at) },
        isBehind: base_version < (current?.version ?? 0),
      })),
      history: (await listPolicies(store)).map((row) => ({
        ...{ version: row.version, href: `/policy/versions/${row.version}`, at: moment(row.published_at) },
        ...{ by: row.published_by, approver: row.approver ?? 'Nobody named', reason: row.reason },
      })),
      mayChange: mayUse(visitOf(request).account.role, 'POST /policy/drafts'),
      name: fieldOf(request.body, 'name').slice(0, 255),
      done: /^\d+$/.test(published)
        ? `Version ${published} is published. Computers that are connected take it within seconds.`
        : undefined,
    },
  });
}

function currentView({ version, policy, publishedAt, reason, approver }: PublishedPolicy) {
  return {
    version,
    href: `/policy/versions/${version}`,
    reason,
    facts: [
      { term: 'Version', text: String(version) },
      { term: 'Organisation', text: policy.organisation },
      { term: 'Mode', text: policy.mode === 'enforce' ? 'Enforced' : 'Report only: recorded, nothing is stopped' },
      { term: 'Rules', text: counted(policy.rules?.length ?? 0, 'rule') },
      { term: 'Alert rules', text: counted(policy.alerts.length, 'rule') },
      { term: 'Published', text: '', moment: moment(publishedAt) },
      { term: 'Agreed by', text: approver ?? 'Nobody named' },
      { term: 'Because', text: reason },
    ],
  };
}

async function sendVersion(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { version, publishedAt, publishedBy, approver, reason, signed }: PublishedPolicy,
  errors: FormError[] = [],
): Promise<string> {
  const { store } = context;
  const newest = await newestVersion(store);
  const isCurrent = version === newest;
  const other = await policyVersion(store, isCurrent ? version - 1 : newest);
  return sendPage(context, request, reply, {
    name: 'policy-version',
    title: `Policy version ${version}`,
    section: 'policy',
    errors,
    data: {
      version,
      isCurrent,
      text: signed.text,
      facts: [
        { term: 'Published', text: '', moment: moment(publishedAt) },
        { term: 'By', text: publishedBy },
        { term: 'Agreed by', text: approver ?? 'Nobody named' },
        { term: 'Because', text: reason },
      ],
      other: other?.version,
      comparison:
        other && compared(isCurrent ? other.signed.text : signed.text, isCurrent ? signed.text : other.signed.text),
      mayChange: mayUse(visitOf(request).account.role, 'POST /policy/drafts'),
      typed: typedAgreement(request),
    },
  });
}
