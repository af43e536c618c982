import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { displayNames } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { currentPolicy } from '../policies/policies.ts';
import { type HoldKind, holdKinds, type ListedHold, listHolds, placeHold, releaseHold } from '../retention/holds.ts';
import { retentionLog } from '../retention/retention.ts';
import type { RetentionLogTable } from '../store/retention-tables.ts';
import { mayUse } from './access.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

const mostLogged = 60;

/** How long things are kept, what was removed, and what is on hold. */
export function retentionRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  async function answer(request: FastifyRequest, reply: FastifyReply, errors: FormError[] = []) {
    const retention = (await currentPolicy(store))?.policy.retention;
    const holds = await listHolds(store);
    const names = await displayNames(store, [...new Set(holds.flatMap(peopleOf))]);
    const mayHold = mayUse(visitOf(request).account.role, 'POST /retention/hold');
    const data = {
      periods: retention && {
        routine: counted(retention.routineDays, 'day'),
        violation: counted(Math.max(retention.routineDays, retention.violationDays), 'day'),
      },
      holds: holds.map((hold) => holdView(hold, names)),
      log: (await retentionLog(store, mostLogged)).map(logView),
      mayHold,
      done: doneWords[fieldOf(request.query, 'done')],
    };
    const page = { name: 'retention', title: 'Retention', section: 'retention', data, errors } as const;
    return sendPage(context, request, reply, page);
  }

  app.get('/retention', (request, reply) => answer(request, reply));

  function form(request: FastifyRequest, reply: FastifyReply, { kind, object, reason, errors }: HoldForm) {
    return sendPage(context, request, reply, {
      name: 'retention-hold',
      title: `Put ${kindWords[kind]} on hold`,
      section: 'retention',
      data: { kind, object, reason },
      errors,
    });
  }

  app.get('/retention/hold', async (request, reply) => {
    const kind = kindOf(request.query);
    if (!kind) return reply.callNotFound();
    return form(request, reply, { kind, object: fieldOf(request.query, 'object'), reason: '', errors: [] });
  });

  app.post('/retention/hold', async (request, reply) => {
    const kind = kindOf(request.body);
    if (!kind) return reply.callNotFound();
    const [object, reason] = [fieldOf(request.body, 'object'), fieldOf(request.body, 'reason')];
    const { id: by } = visitOf(request).account;
    const now = clock.now();
    try {
      await store.transaction().execute(async (tx) => {
        await placeHold(tx, { kind, object }, { by, reason, now });
        await recordAudit(tx, { at: now, accountId: by, action: 'hold.placed', object, detail: reason });
      });
    } catch (error) {
      return form(request, reply, { kind, object, reason, errors: formErrors(error, 'reason') });
    }
    return reply.redirect('/retention?done=placed', 303);
  });

  app.post<{ Params: { id: string } }>('/retention/holds/:id/release', async (request, reply) => {
    const { id: by } = visitOf(request).account;
    const now = clock.now();
    const reason = fieldOf(request.body, 'reason');
    const { id } = request.params;
    let released: boolean;
    try {
      released = await store.transaction().execute(async (tx) => {
        const done = await releaseHold(tx, id, { by, reason, now });
        const entry = { at: now, accountId: by, action: 'hold.released', object: id, detail: reason } as const;
        if (done) await recordAudit(tx, entry);
        return done;
      });
    } catch (error) {
      return answer(request, reply, formErrors(error, `release-${id}`));
    }
    return released ? reply.redirect('/retention?done=released', 303) : reply.callNotFound();
  });
}

interface HoldForm {
  kind: HoldKind;
  object: string;
  reason: string;
  errors: FormError[];
}

const kindWords: Record<HoldKind, string> = { computer: 'a computer', person: 'a person', alert: 'an alert' };
const pageOf: Record<HoldKind, string> = { computer: '/computers/', person: '/people/', alert: '/alerts/' };
const doneWords: Record<string, string> = {
  placed: 'The hold is placed. Nothing about it is removed until it is released.',
  released: 'The hold is released. What is past its time goes with the next run.',
};

const whatWords: Record<RetentionLogTable['what'], string> = {
  'event-bodies': 'Details of events',
  'alert-people': 'People and devices in closed alerts',
  'notice-people': 'People and texts in notices',
  'last-users': 'Who used computers and devices last',
};

function kindOf(fields: unknown): HoldKind | undefined {
  const word = fieldOf(fields, 'kind');
  return holdKinds.find((kind) => kind === word);
}

function peopleOf({ placed_by, released_by }: ListedHold): string[] {
  return released_by === null ? [placed_by] : [placed_by, released_by];
}

function holdView(hold: ListedHold, names: ReadonlyMap<string, string>) {
  const by = (id: string) => names.get(id) ?? id;
  return {
    id: hold.id,
    name: hold.name,
    kind: kindWords[hold.kind],
    href: pageOf[hold.kind] + hold.object,
    reason: hold.reason,
    placed: moment(hold.placed_at),
    placedBy: by(hold.placed_by),
    released: hold.released_at === null ? undefined : moment(hold.released_at),
    releasedBy: hold.released_by === null ? undefined : by(hold.released_by),
    releaseReason: hold.release_reason,
  };
}

function logView({ at, what, before, removed, held, policy_version }: RetentionLogTable) {
  return {
    at: moment(at),
    what: whatWords[what],
    before: moment(before),
    removed: removed.toLocaleString('en-GB'),
    held: held.toLocaleString('en-GB'),
    policy: policy_version,
  };
}
