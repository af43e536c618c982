import type { FastifyInstance } from 'fastify';
import type { Coverage } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import { recordAudit } from '../accounts/audit.ts';
import {
  type Computer,
  computerById,
  latestDrives,
  latestPosture,
  listComputers,
  openAlertsOf,
  type SeenAt,
} from '../register/computer-list.ts';
import { alertsAddress } from './alert-query.ts';
import {
  backlogWords,
  computerRow,
  concerns,
  type Presence,
  presenceOf,
  presenceTag,
  systemWords,
  versionWords,
} from './computer-view.ts';
import { coverageStateWords, inventoryFacts, watcherWords } from './facts/agent.ts';
import { encryptionWords } from './facts/device.ts';
import type { Fact } from './facts/fact.ts';
import { postureItemWords, postureStateWords } from './facts/posture.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment, size } from './words.ts';

export function computerRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/computers', async (request, reply) => {
    const search = fieldOf(request.query, 'search').trim().slice(0, 255);
    const show = presences.find((presence) => presence === fieldOf(request.query, 'show'));
    const data = await computerListData(context, search, show);
    return sendPage(context, request, reply, { name: 'computer-list', title: 'Computers', section: 'computers', data });
  });

  app.get<{ Params: { id: string } }>('/computers/:id', async (request, reply) => {
    const computer = await computerById(context.store, request.params.id);
    if (!computer) return reply.callNotFound();
    await recordAudit(context.store, {
      at: context.clock.now(),
      accountId: visitOf(request).account.id,
      action: 'computer.viewed',
      object: computer.id,
    });
    const data = await computerData(context, computer);
    return sendPage(context, request, reply, {
      name: 'computer',
      title: computer.hostname,
      section: 'computers',
      data,
    });
  });
}

const presences = ['connected', 'away', 'silent', 'never'] as const satisfies readonly Presence[];

async function computerListData(
  { store, clock }: ConsoleContext,
  search: string,
  show: Presence | undefined,
): Promise<object> {
  const now = clock.now();
  const found = (await listComputers(store, search)).map((computer) => ({
    computer,
    presence: presenceOf(computer, now),
  }));
  const having = (presence: Presence) => found.filter((one) => one.presence === presence);
  const shown = show === undefined ? found : having(show);
  return {
    search,
    show,
    shown: [show && presenceTag(show).text, search && `name has ${search}`].filter(Boolean).join(', '),
    summary: counted(shown.length, 'computer'),
    figures: presences.map((presence) => ({
      ...presenceTag(presence),
      count: String(having(presence).length),
      href: `/computers?${new URLSearchParams({ show: presence, ...(search && { search }) })}`,
      current: presence === show,
    })),
    rows: shown.map(({ computer, presence }) =>
      computerRow(computer, presence, alertsAddress({ computerId: computer.id })),
    ),
  };
}

async function computerData({ store, clock }: ConsoleContext, computer: Computer): Promise<object> {
  const now = clock.now();
  const presence = presenceOf(computer, now);
  const open = await openAlertsOf(store, computer.no);
  return {
    presence: presenceTag(presence),
    facts: computerFacts(computer, now),
    concerns: concerns(computer, presence),
    alerts: {
      text: open === 0 ? 'No open alerts' : counted(open, 'open alert'),
      href: alertsAddress({ computerId: computer.id }),
    },
    coverage: (computer.coverage ?? []).map(coverageRow),
    drives: (await latestDrives(store, computer.no)).map(driveRow),
    posture: (await latestPosture(store, computer.no)).map(postureRow),
    inventory: computer.inventory ? inventoryFacts(computer.inventory) : [],
  };
}

function computerFacts(computer: Computer, now: number): Fact[] {
  const seen = computer.lastSeenAt === null ? undefined : moment(computer.lastSeenAt);
  const enrolled = moment(computer.enrolledAt);
  return [
    { term: 'Operating system', text: systemWords(computer) },
    { term: 'Agent version', text: computer.agentVersion ?? 'Unknown' },
    { term: 'Policy version', text: versionWords(computer.policyVersion) },
    { term: 'Last seen', text: seen?.words ?? 'Never', ...(seen ? { moment: seen } : {}) },
    { term: 'Not sent yet', text: backlogWords(computer, now) },
    { term: 'Events stored', text: computer.headSeq.toLocaleString('en-GB') },
    { term: 'Enrolled', text: enrolled.words, moment: enrolled },
    { term: 'Computer id', text: computer.id },
  ];
}

const coverageColours: Record<Coverage['state'], string> = {
  watching: 'green',
  enforcing: 'green',
  idle: 'grey',
  degraded: 'yellow',
  unsupported: 'grey',
  failed: 'red',
};

function coverageRow({ watcher, area, state, how, limits }: Coverage) {
  const tag: Tag = { text: coverageStateWords[state], colour: coverageColours[state] };
  return { watcher: watcherWords[watcher], area, state: tag, how, limits };
}

const encryptionColours: Record<DriveFacts['encryption'], string> = {
  encrypted: 'green',
  locked: 'green',
  plain: 'red',
  suspended: 'red',
  unknown: 'yellow',
};

function driveRow({ facts, at }: SeenAt<DriveFacts>) {
  return {
    name: facts.name,
    use: facts.use === 'swap' ? 'Swap space' : facts.mountPoints.slice(0, 4).join(', ') || 'Not mounted',
    filesystem: facts.filesystem ?? 'Unknown',
    size: facts.sizeBytes === undefined ? 'Unknown' : size(facts.sizeBytes),
    encryption: {
      text: encryptionWords(facts.encryption, facts.method),
      colour: encryptionColours[facts.encryption],
    },
    because: facts.because,
    since: moment(at),
  };
}

const postureColours: Record<PostureFacts['state'], string> = { good: 'green', bad: 'red', unknown: 'yellow' };

function postureRow({ facts, at }: SeenAt<PostureFacts>) {
  return {
    item: postureItemWords[facts.item],
    state: { text: postureStateWords[facts.state], colour: postureColours[facts.state] },
    what: facts.what,
    because: facts.because,
    since: moment(at),
  };
}
