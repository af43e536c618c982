import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeMedium, mediumHistory } from '../register/media.ts';
import { type MediaRow, mediaLine, placesOf } from '../register/media-register.ts';
import type { MediaTable } from '../store/tables.ts';
import { mayUse } from './access.ts';
import { type Fact, factList } from './facts/fact.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { classWords, encryptionTag, mediumName, mediumStateTag, serialTrustTag, serialWords } from './media-words.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, dayInWords, dayOf, moment, size } from './words.ts';

/** What is lost goes another way: it becomes an incident (lost-page.ts). */
type Step = Exclude<MediaTable['state'], 'issued' | 'lost'>;

/** What can be done with a medium that is in the register, from each of its states. */
const stepsFrom: Record<MediaRow['state'], readonly Step[]> = {
  unregistered: [],
  issued: ['returned', 'retired'],
  returned: ['retired'],
  lost: ['returned', 'retired'],
  retired: [],
};
const stepWords: Record<Step, { ask: string; does: string; done: string }> = {
  returned: {
    ask: 'Write it down as returned',
    does: 'It stays in the register, and agents stop letting it in as an issued medium until it is issued again.',
    done: 'It is written down as returned.',
  },
  retired: {
    ask: 'Write it down as retired',
    does: 'This cannot be undone: what is retired was destroyed, and never comes back. Put how and by whom it was destroyed into the note.',
    done: 'It is written down as retired.',
  },
};

/** One medium: what is known of it, where it was, and what becomes of it. */
export function mediumRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get<{ Params: { id: string } }>('/media/:id', async (request, reply) => {
    const row = await mediaLine(store, request.params.id);
    if (!row) return reply.callNotFound();
    const role = visitOf(request).account.role;
    const step = stepOf(fieldOf(request.query, 'done'));
    const data = {
      ...(await mediumData(context, row)),
      done: step && stepWords[step].done,
      steps: mayUse(role, 'POST /media/:id/change') ? stepLinks(row) : [],
      lostHref: canBeLost(row) && mayUse(role, 'POST /media/:id/lost') ? `/media/${row.id}/lost` : undefined,
      issueHref: mayUse(role, 'POST /media/issue') ? issueAddress(row) : undefined,
      labelHref: row.medium_id === null ? undefined : `/media/${row.id}/label`,
    };
    return sendPage(context, request, reply, { name: 'medium', title: mediumName(row), section: 'media', data });
  });

  app.get<{ Params: { id: string } }>('/media/:id/label', async (request, reply) => {
    const row = await mediaLine(store, request.params.id);
    if (!row || row.medium_id === null) return reply.callNotFound();
    const data = {
      back: `/media/${row.id}`,
      label: row.label,
      serial: row.serial,
      holder: row.holder,
      until: row.expires_at === null ? undefined : dayInWords(dayOf(row.expires_at - 1)),
    };
    return sendPage(context, request, reply, { name: 'medium-label', title: 'Label to print', section: 'media', data });
  });

  app.get<{ Params: { id: string } }>('/media/:id/change', async (request, reply) => {
    const row = await mediaLine(store, request.params.id);
    const step = stepOf(fieldOf(request.query, 'to'));
    if (!row || !step || !stepsFrom[row.state].includes(step)) return reply.callNotFound();
    return sendConfirmation(request, reply, row, step);
  });

  app.post<{ Params: { id: string } }>('/media/:id/change', async (request, reply) => {
    const row = await mediaLine(store, request.params.id);
    const step = stepOf(fieldOf(request.body, 'to'));
    const mediumId = row?.medium_id;
    if (!row || !step || !mediumId) return reply.callNotFound();
    const { account } = visitOf(request);
    const note = fieldOf(request.body, 'note').trim();
    if (note === '' && step !== 'returned') {
      return sendConfirmation(request, reply, row, step, [{ field: 'note', text: 'Say what happened' }]);
    }
    const doing = { by: account.displayName, accountId: account.id, now: clock.now(), note };
    try {
      await store.transaction().execute((tx) => changeMedium(tx, mediumId, step, doing));
    } catch (error) {
      return sendConfirmation(request, reply, row, step, formErrors(error, 'note'));
    }
    return reply.redirect(`/media/${row.id}?done=${step}`, 303);
  });

  function sendConfirmation(
    request: FastifyRequest,
    reply: FastifyReply,
    row: MediaRow,
    step: Step,
    errors: FormError[] = [],
  ) {
    const data = { medium: mediumName(row), serial: row.serial, href: `/media/${row.id}`, step, ...stepWords[step] };
    const title = stepWords[step].ask;
    return sendPage(context, request, reply, { name: 'medium-change', title, section: 'media', data, errors });
  }
}

function stepOf(word: string): Step | undefined {
  return (['returned', 'retired'] as const).find((step) => step === word);
}

function canBeLost({ state }: MediaRow): boolean {
  return state === 'issued' || state === 'returned' || state === 'unregistered';
}

function stepLinks(row: MediaRow) {
  return stepsFrom[row.state].map((step) => ({
    text: stepWords[step].ask,
    href: `/media/${row.id}/change?to=${step}`,
  }));
}

/** The form for issuing, filled with what is known; only a serial number of its own can be recognised again. */
function issueAddress(row: MediaRow): string | undefined {
  const canBeIssued = row.state === 'unregistered' || row.state === 'returned';
  if (!canBeIssued || row.serial === null || row.serial_trust !== 'device') return undefined;
  return `/media/issue?${new URLSearchParams({ serials: row.serial, label: row.label ?? '', holder: row.holder ?? '' })}`;
}

async function mediumData({ store, clock }: ConsoleContext, row: MediaRow) {
  const history = row.medium_id === null ? [] : await mediumHistory(store, row.medium_id);
  return {
    state: mediumStateTag(row.state, row.expires_at, clock.now()),
    trust: serialTrustTag(row.serial_trust),
    encryption: encryptionTag(row.encryption),
    facts: deviceFactList(row),
    register: registerFacts(row),
    places: (await placesOf(store, row.id)).map((place) => ({
      name: place.hostname,
      href: `/computers/${place.id}`,
      user: place.last_user,
      first: moment(place.first_at),
      last: moment(place.last_at),
      times: place.times,
    })),
    history: history.toReversed().map(({ at, state, by, note }) => ({
      at: moment(at),
      what: mediumStateTag(state, null, 0).text,
      by,
      note,
    })),
  };
}

function deviceFactList(row: MediaRow): Fact[] {
  const facts = factList({
    Kind: row.class === null ? undefined : classWords(row.class),
    Make: row.vendor ?? undefined,
    Model: row.product ?? undefined,
    'Serial number': serialWords(row),
    Size: row.size_bytes === null ? undefined : size(row.size_bytes),
    'USB numbers': [row.vendor_id, row.product_id].filter(Boolean).join(':'),
    Connected: counted(row.times, 'time'),
    'Files written to it': row.files_written.toLocaleString('en-GB'),
  });
  const at = (term: string, time: number | null, name: string | null): Fact[] =>
    time === null ? [] : [{ term, text: `${moment(time).words}, on ${name ?? 'a computer that is gone'}` }];
  return [
    ...facts,
    ...at('First seen', row.first_at, row.first_hostname),
    ...at('Last seen', row.last_at, row.last_hostname),
    ...factList({ 'Last account': row.last_user ?? undefined }),
  ];
}

function registerFacts(row: MediaRow): Fact[] {
  if (row.medium_id === null) return [];
  return factList({
    Label: row.label ?? undefined,
    Holder: row.holder ?? undefined,
    'Issued until': row.expires_at === null ? 'No end' : dayInWords(dayOf(row.expires_at - 1)),
  });
}
