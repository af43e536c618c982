import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import { type AssetDetails, detailsOf, disposalStates, saveDetails } from '../register/asset-details.ts';
import {
  type Computer,
  computerById,
  devicesOf,
  drivesOf,
  openAlertsOf,
  postureOf,
  type SeenAt,
  softwareCounts,
  usersOf,
} from '../register/computer.ts';
import { presenceOf } from '../register/presence.ts';
import { driftOf, wantedVersions } from '../register/versions.ts';
import { mayUse } from './access.ts';
import { alertsAddress } from './alert-query.ts';
import {
  backlogWords,
  concerns,
  disposalWords,
  driftWords,
  portableWords,
  presenceTag,
  systemWords,
  versionWords,
} from './computer-words.ts';
import { coverageLines, coverageSentences } from './coverage-words.ts';
import { inventoryFacts } from './facts/agent.ts';
import { encryptionWords } from './facts/device.ts';
import { type Fact, factList } from './facts/fact.ts';
import { postureItemWords, postureStateWords } from './facts/posture.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { encryptionTag, mediumName } from './media-words.ts';
import { onRecord } from './seen.ts';
import { severityTag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, dayInWords, duration, moment, size } from './words.ts';

/** One computer: what its agent says, what people know besides, and a form for that. */
export function computerRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  async function answer(request: FastifyRequest, reply: FastifyReply, computer: Computer, refused?: Refused) {
    const form = refused?.form ?? (await detailsOf(store, computer.no));
    const data = {
      ...(await computerData(context, computer)),
      form: formView(form),
      id: computer.id,
      done: fieldOf(request.query, 'done') === 'saved',
      mayLose: form.disposal !== 'lost' && mayUse(visitOf(request).account.role, 'POST /computers/:id/lost'),
      mayHold: mayUse(visitOf(request).account.role, 'POST /retention/hold'),
      mayEdit: mayUse(visitOf(request).account.role, 'POST /computers/:id'),
    };
    const errors = refused?.errors ?? [];
    return sendPage(context, request, reply, {
      name: 'computer',
      title: computer.hostname,
      section: 'computers',
      data,
      errors,
    });
  }

  app.get<{ Params: { id: string } }>('/computers/:id', async (request, reply) => {
    const computer = await computerById(store, request.params.id);
    if (!computer) return reply.callNotFound();
    const seen = { action: 'computer.viewed', object: computer.id } as const;
    return onRecord(context, request, seen, () => answer(request, reply, computer));
  });

  app.post<{ Params: { id: string } }>('/computers/:id', async (request, reply) => {
    const computer = await computerById(store, request.params.id);
    if (!computer) return reply.callNotFound();
    const form = readForm(request.body);
    const changed = { accountId: visitOf(request).account.id, now: clock.now() };
    try {
      await store.transaction().execute((tx) => saveDetails(tx, computer, form, changed));
    } catch (error) {
      return answer(request, reply, computer, { form, errors: formErrors(error, 'notes') });
    }
    return reply.redirect(`/computers/${computer.id}?done=saved`, 303);
  });
}

interface Refused {
  form: AssetDetails;
  errors: { field: string; text: string }[];
}

function readForm(body: unknown): AssetDetails {
  const text = (name: keyof AssetDetails) => fieldOf(body, name);
  return {
    assetTag: text('assetTag'),
    owner: text('owner'),
    iao: text('iao'),
    location: text('location'),
    disposalNote: text('disposalNote'),
    notes: text('notes'),
    // The schema refuses what is none of its words.
    portable: text('portable') as AssetDetails['portable'],
    disposal: text('disposal') as AssetDetails['disposal'],
  };
}

function formView(form: AssetDetails) {
  return {
    ...form,
    portables: [
      { value: '', text: 'As the agent finds' },
      { value: 'yes', text: 'Portable' },
      { value: 'no', text: 'Not portable' },
    ],
    disposals: disposalStates.map((value) => ({ value, text: disposalWords[value] })),
  };
}

async function computerData({ store, clock }: ConsoleContext, computer: Computer): Promise<object> {
  const now = clock.now();
  const presence = presenceOf(computer, now);
  const alerts = await openAlertsOf(store, computer.no);
  const posture = await postureOf(store, computer.no);
  const details = await detailsOf(store, computer.no);
  const software = await softwareCounts(store, computer.no);
  const drift = presence === 'retired' ? {} : driftOf(computer, await wantedVersions(store));
  return {
    presence: presenceTag(presence),
    concerns: [...concerns(computer, presence), ...driftWords(drift, now)],
    lacks: [...(drift.agent?.lacks ?? []), ...(drift.policy?.lacks ?? [])],
    alerts: {
      text: alerts.count === 0 ? 'No open alerts' : counted(alerts.count, 'open alert'),
      href: alertsAddress({ computerId: computer.id }),
      newest: alerts.newest.map((alert) => ({
        href: `/alerts/${alert.id}`,
        title: alert.title,
        severity: severityTag(alert.severity),
        last: moment(alert.last_at),
        count: alert.count,
      })),
    },
    asset: assetFacts(computer, details, posture),
    facts: agentFacts(computer, now),
    users: (await usersOf(store, computer.no)).map(({ user, last }) => ({ user, last: moment(last) })),
    sentences: coverageSentences(computer.coverage ?? []),
    coverage: coverageLines(computer.coverage ?? []),
    drives: (await drivesOf(store, computer.no)).map(driveRow),
    posture: posture.map(postureRow),
    devices: (await devicesOf(store, computer.no)).map((device) => ({
      href: `/media/${device.id}`,
      name: mediumName(device),
      encryption: encryptionTag(device.encryption),
      last: moment(device.last_at),
      times: device.times,
    })),
    software: {
      text: software.titles === 0 ? 'No software has been reported yet' : counted(software.titles, 'title'),
      unapproved: software.unapproved,
      href: `/computers/${computer.id}/software`,
    },
  };
}

/** What the asset register asks for: the thing itself, whose it is, and until when its system is supported. */
function assetFacts(computer: Computer, details: AssetDetails, posture: SeenAt<PostureFacts>[]): Fact[] {
  const support = posture.find(({ facts }) => facts.item === 'os-support')?.facts.supportEnds;
  const found = computer.inventory ? inventoryFacts(computer.inventory) : [];
  const facts = factList({
    'Asset tag': details.assetTag,
    Owner: details.owner,
    'Information Asset Owner': details.iao,
    Location: details.location,
    Disposal: disposalWords[details.disposal],
    'How it was disposed of': details.disposalNote,
    Portable: portableWords(details.portable, computer.inventory?.portable),
    'Operating system': systemWords(computer),
    'Supported until': support === undefined ? 'Not known' : dayInWords(support),
  });
  const known = new Set(facts.map(({ term }) => term));
  const notes = details.notes === '' ? [] : [{ term: 'Notes', text: details.notes }];
  return [...facts, ...found.filter(({ term }) => !known.has(term)), ...notes];
}

function agentFacts(computer: Computer, now: number): Fact[] {
  const seen = computer.lastSeenAt === null ? undefined : moment(computer.lastSeenAt);
  const enrolled = moment(computer.enrolledAt);
  return [
    { term: 'Agent version', text: computer.agentVersion ?? 'Unknown' },
    { term: 'Policy version', text: versionWords(computer.policyVersion) },
    { term: 'Last seen', text: seen?.words ?? 'Never', ...(seen ? { moment: seen } : {}) },
    { term: 'Silent for', text: computer.lastSeenAt === null ? '–' : duration(now - computer.lastSeenAt) },
    { term: 'Not sent yet', text: backlogWords(computer, now) },
    { term: 'Events stored', text: computer.headSeq.toLocaleString('en-GB') },
    { term: 'Enrolled', text: enrolled.words, moment: enrolled },
    { term: 'Computer id', text: computer.id },
  ];
}

function driveRow({ facts, at }: SeenAt<DriveFacts>) {
  return {
    name: facts.name,
    use: facts.use === 'swap' ? 'Swap space' : facts.mountPoints.slice(0, 4).join(', ') || 'Not mounted',
    filesystem: facts.filesystem ?? 'Unknown',
    size: facts.sizeBytes === undefined ? 'Unknown' : size(facts.sizeBytes),
    encryption: { ...encryptionTag(facts.encryption), text: encryptionWords(facts.encryption, facts.method) },
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
