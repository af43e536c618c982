import { eventKinds } from '#shared/events/kinds.ts';
import { addAccount } from '../../../collector/accounts/accounts.ts';
import type { Role } from '../../../collector/accounts/roles.ts';
import { listIncidents } from '../../../collector/incidents/incident-list.ts';
import { incidentDrafts } from '../../../collector/jobs/incident-drafts.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { batchOf, enrolComputer, greet, lineOf, type TestComputer } from '../../fakes/agent-socket.ts';
import type { RealCollector } from '../../fakes/real-collector.ts';

export const person = 'pat.example';

/** What a computer sends on which somebody copies identifiable data to a stick: signed and chained as agents do. */
export async function violation(
  collector: RealCollector,
  hostname = 'FOC-LT-014',
  { from, computer = undefined as TestComputer | undefined } = {} as {
    from?: { seq: number; link: string };
    computer?: TestComputer;
  },
): Promise<{ computer: TestComputer; head: { seq: number; link: string } }> {
  const enrolled = computer ?? (await enrolComputer(collector, hostname));
  const after = from ?? enrolled.start;
  await using socket = await greet(enrolled, { stored: after });
  let { seq } = after;
  const line = <K extends keyof typeof eventKinds>(kind: K, more: object = {}) => {
    seq += 1;
    return lineOf(seq, { kind, data: { ...eventKinds[kind].example, ...more } as never, actor: { user: person } });
  };
  const lines = [
    line('drive.encryption-changed'),
    line('media.attached'),
    line('media.file-inspected', { isBulk: false }),
    line('media.removed'),
    line('media.attached'),
  ];
  const batch = batchOf(enrolled, after, lines);
  socket.send(batch.frame);
  await socket.next('ack');
  return { computer: enrolled, head: batch.head };
}

/** Looks for alerts as the job does, and answers with every incident there is then. */
export async function drafted({ context }: RealCollector) {
  await incidentDrafts(context).check();
  return incidentsIn(context.store);
}

export async function incidentsIn(store: Store) {
  const scope = { organisations: 'all', teams: 'all' } as const;
  const viewer = { accountId: 'x', role: 'ict-administrator', personId: null, displayName: 'x', scope } as const;
  const order = { column: 'number', direction: 'asc', page: 1, size: 100 } as const;
  return (await listIncidents(store, viewer, {}, order, Date.now())).rows;
}

/** An account that signs in nowhere. */
export function accountOf({ context }: RealCollector, role: Role, username: string = role): Promise<string> {
  const displayName = `Pat ${username}`;
  return addAccount(context, { username, displayName, role, passwordHash: '', mustChangePassword: false });
}
