import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { pauseDestination } from '../exports/destinations.ts';
import { type ExportStatus, exportStatus } from '../exports/status.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { duration, moment } from './words.ts';

interface Params {
  Params: { name: string };
}

/** Where records go by themselves, how each destination is doing, and what can be done about it. */
export function exportRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock, exports } = context;

  async function answer(request: FastifyRequest, reply: FastifyReply, errors: FormError[] = []) {
    const now = clock.now();
    const destinations = (await exportStatus(store, exports.settings)).map((one) => viewOf(one, now));
    return sendPage(context, request, reply, {
      name: 'exports',
      title: 'Exports',
      section: 'exports',
      errors,
      data: {
        destinations,
        maySteer: mayUse(visitOf(request).account.role, 'POST /exports/:name'),
        done: doneWords.get(fieldOf(request.query, 'done')),
      },
    });
  }

  app.get('/exports', (request, reply) => answer(request, reply));

  app.post<Params>('/exports/:name', async (request, reply) => {
    const { name } = request.params;
    if (!exports.settings.some((one) => one.name === name)) return reply.callNotFound();
    const action = actions.find((word) => word === fieldOf(request.body, 'action'));
    if (!action) return reply.redirect('/exports', 303);
    try {
      await act(context, visitOf(request).account.id, name, action);
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error;
      return answer(request, reply, [{ field: `actions-${name}`, text: error.message }]);
    }
    return reply.redirect(`/exports?done=${action}`, 303);
  });
}

const actions = ['pause', 'resume', 'test'] as const;
type Action = (typeof actions)[number];

async function act({ store, clock, exports }: ConsoleContext, accountId: string, name: string, action: Action) {
  const now = clock.now();
  if (action !== 'test') {
    await pauseDestination(store, { name, pause: action === 'pause', accountId, now });
    exports.running?.wake();
    return;
  }
  await recordAudit(store, { at: now, accountId, action: 'export.tested', object: name });
  if (!exports.running) throw new PortcullisError('notRunning', 'Nothing is sent from this process.');
  await exports.running.test(name);
}

const doneWords = new Map<string, string>([
  ['pause', 'Nothing is sent there until you resume it. What comes in meanwhile waits in the store.'],
  ['resume', 'It is sent to again, from where it stopped.'],
  ['test', 'The destination took a test record.'],
]);

const tags: Readonly<Record<ExportStatus['state'], Tag>> = {
  new: { text: 'Not started yet', colour: 'grey' },
  paused: { text: 'Paused', colour: 'yellow' },
  failing: { text: 'Takes nothing', colour: 'red' },
  behind: { text: 'Catching up', colour: 'blue' },
  'up-to-date': { text: 'Up to date', colour: 'green' },
};

const channelWords: Readonly<Record<ExportStatus['channel'], string>> = {
  syslog: 'Syslog',
  webhook: 'Webhook',
  file: 'File',
};
const formatWords: Readonly<Record<ExportStatus['format'], string>> = { ocsf: 'OCSF', cef: 'CEF', jsonl: 'JSON lines' };

function viewOf(one: ExportStatus, now: number) {
  return {
    name: one.name,
    way: `${channelWords[one.channel]}, ${formatWords[one.format]}`,
    state: tags[one.state],
    waiting: one.waiting.toLocaleString('en-GB'),
    since: one.waitingSince === null ? undefined : duration(Math.max(0, now - one.waitingSince)),
    taken: one.taken.toLocaleString('en-GB'),
    lastTaken: one.lastTakenAt === null ? undefined : moment(one.lastTakenAt),
    error: one.lastError ?? undefined,
    errorAt: one.lastErrorAt === null ? undefined : moment(one.lastErrorAt),
    next: one.state === 'failing' && one.nextAttemptAt !== null ? moment(one.nextAttemptAt) : undefined,
    isPaused: one.state === 'paused',
    canPause: one.state !== 'new',
  };
}
