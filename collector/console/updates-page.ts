import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { places } from '../register/places.ts';
import { type VersionCount, versionCounts } from '../register/versions.ts';
import { findRelease, listReleases } from '../updates/releases.ts';
import {
  type Doer,
  type ListedRollOut,
  listRollOuts,
  rollOutSteps,
  startRollOut,
  stepRollOut,
  usualPlan,
  widenRollOut,
} from '../updates/roll-outs.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment, size } from './words.ts';

/** Releases of the agent, and how far they have come on the computers. */
export function updatesRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  async function answer(request: FastifyRequest, reply: FastifyReply, refused: Refused = { errors: [], form: {} }) {
    const releases = await listReleases(store);
    const rollOuts = await listRollOuts(store);
    const groups = [...new Set([...(await places(store)).values()].flatMap((place) => place.groups ?? []))].sort();
    return sendPage(context, request, reply, {
      name: 'updates',
      title: 'Updates of the agent',
      section: 'updates',
      errors: refused.errors,
      data: {
        releases: releases.map((one) => ({
          id: one.id,
          version: one.version,
          system: `${one.platform}, ${one.arch}`,
          notes: one.notes === '' ? 'Nothing was said' : one.notes,
          isWayBack: one.roll_back === 1,
          size: size(one.size),
          added: moment(one.added_at),
          by: one.added_by,
        })),
        choices: releases.map(({ id, version, platform, arch }) => ({
          value: id,
          text: `${version} for ${platform}, ${arch}`,
        })),
        groups: [{ value: '', text: 'All computers' }, ...groups.map((value) => ({ value, text: value }))],
        form: { percent: '10', failures: String(usualPlan.mostFailures), group: '', release: '', ...refused.form },
        running: runningVersions(await versionCounts(store)),
        rollOuts: rollOuts.map(rollOutView),
        maySteer: mayUse(visitOf(request).account.role, 'POST /updates'),
        done: doneWords.get(fieldOf(request.query, 'done')),
      },
    });
  }

  const doer = (request: FastifyRequest): Doer => {
    const { account } = visitOf(request);
    return { by: account.displayName, accountId: account.id, now: clock.now() };
  };

  app.get('/updates', (request, reply) => answer(request, reply));

  app.post('/updates', async (request, reply) => {
    const text = (name: string) => fieldOf(request.body, name).trim();
    const form = {
      release: text('release'),
      group: text('group'),
      percent: text('percent'),
      failures: text('failures'),
    };
    try {
      const plan = {
        groups: form.group === '' ? [] : [form.group],
        percent: numberOf(form.percent),
        mostFailures: numberOf(form.failures),
      };
      await startRollOut(store, await findRelease(store, form.release), plan, doer(request));
    } catch (error) {
      return answer(request, reply, { form, errors: [faultOf(error, 'percent')] });
    }
    return reply.redirect('/updates?done=start', 303);
  });

  app.post<{ Params: { id: string } }>('/updates/:id', async (request, reply) => {
    const { id } = request.params;
    const word = fieldOf(request.body, 'action');
    const step = rollOutSteps.find((known) => known === word);
    try {
      if (step) await stepRollOut(store, id, step, doer(request));
      else if (word === 'widen')
        await widenRollOut(store, id, numberOf(fieldOf(request.body, 'percent')), doer(request));
      else return await reply.redirect('/updates', 303);
    } catch (error) {
      return answer(request, reply, { form: {}, errors: [faultOf(error, `roll-out-${id}`)] });
    }
    return reply.redirect(`/updates?done=${word}`, 303);
  });
}

/** The commonest first; two policies under one version of the agent are one line. */
function runningVersions(counts: readonly VersionCount[]): { version: string; system: string; computers: number }[] {
  const byVersion = Map.groupBy(counts, ({ agentVersion, os }) => JSON.stringify([agentVersion, os]));
  const lines = [...byVersion.values()].map((group) => ({
    version: group[0]?.agentVersion ?? 'Not told yet',
    system: group[0]?.os ?? 'Not told yet',
    computers: group.reduce((sum, { computers }) => sum + computers, 0),
  }));
  return lines.sort((one, other) => other.computers - one.computers);
}

interface Refused {
  errors: FormError[];
  form: Partial<Record<'release' | 'group' | 'percent' | 'failures', string>>;
}

function numberOf(text: string): number {
  return /^\d{1,4}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function faultOf(error: unknown, field: string): FormError {
  if (!(error instanceof PortcullisError)) throw error;
  return { field, text: error.message };
}

const doneWords = new Map<string, string>([
  ['start', 'The release is offered now. Computers that are connected take it within seconds.'],
  ['pause', 'It is offered to nobody until you resume it.'],
  ['resume', 'It is offered again. What failed before counts no more.'],
  ['stop', 'It is offered to nobody any more. Computers that have it keep it.'],
  ['widen', 'It is offered to the new share of computers.'],
]);

const tags: Readonly<Record<ListedRollOut['state'], Tag>> = {
  running: { text: 'Offered', colour: 'green' },
  paused: { text: 'Paused', colour: 'yellow' },
  stopped: { text: 'Stopped', colour: 'grey' },
};

const reasonWords: Readonly<Record<string, string>> = {
  unsigned: 'signature does not verify',
  foreign: 'meant for another organisation or system',
  older: 'older than what runs',
  protocol: 'needs another protocol',
  truncated: 'did not come whole',
  altered: 'is not what was signed',
  damaged: 'could not be unpacked or started',
  'not-fetched': 'could not be fetched',
  'not-stored': 'the disk did not take it',
  crashed: 'ended by itself; the former version runs',
  silent: 'did not report in time; the former version runs',
};

function rollOutView(one: ListedRollOut) {
  const { counts } = one;
  return {
    id: one.id,
    version: one.version,
    system: `${one.platform}, ${one.arch}`,
    state: tags[one.state],
    because: one.because ?? undefined,
    to: `${one.percent} % of ${one.groups.length === 0 ? 'all computers' : one.groups.join(', ')}`,
    percent: String(one.percent),
    bound: counted(one.mostFailures, 'failure'),
    started: moment(one.startedAt),
    by: one.startedBy,
    progress: [
      `${counts.updated} updated`,
      `${counts.failed} failed`,
      `${counts.offered} under way`,
      ...(counts.unsupported > 0 ? [`${counts.unsupported} cannot`] : []),
    ],
    troubles: one.troubles.map(({ id, hostname, reason, at }) => ({
      href: `/computers/${id}`,
      hostname,
      reason: reasonWords[reason ?? ''] ?? reason ?? 'no reason was given',
      at: moment(at),
    })),
    steps: { running: ['pause', 'stop'], paused: ['resume', 'stop'], stopped: [] }[one.state].map((value) => ({
      value,
      text: value.charAt(0).toUpperCase() + value.slice(1),
    })),
  };
}
