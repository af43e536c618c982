import { isoTime } from '#shared/clock.ts';
import { listAccounts } from '../accounts/accounts.ts';
import { lastReviews, reviewStanding } from '../accounts/reviews.ts';
import { isRole, roles, roleWords } from '../accounts/roles.ts';
import type { Block } from '../documents/pdf.ts';
import { dayWords, facts, framed, listed } from './frame.ts';
import { presentBasis } from './present.ts';
import type { ReportKind, Table } from './report.ts';

/** Who may use the console, and who last decided that they still may (focus 3.3, CAF B2.d). */
export const accessReport: ReportKind = {
  name: 'access-review',
  title: 'Access review',
  about: 'Every console account with its role, last sign-in, last review and when the next is due (focus 3.3).',
  readers: ['ict-administrator', 'head-of-business-and-governance', 'ig-lead', 'siro', 'caldicott-guardian', 'auditor'],
  async make({ store, now, organisation, isPack }) {
    const basis = await presentBasis(store, now);
    const lines = await accountLines(store, now);
    const named = lines.map((line, index) => ({ ...line, account: isPack ? `Account ${index + 1}` : line.account }));
    const title = 'Access review';
    const inUse = named.filter(({ isInUse }) => isInUse);
    const body: Block[] = [
      { kind: 'heading', level: 2, text: 'Accounts of this console' },
      facts(basis, 'accounts.inUse', 'accounts.overdue', 'accounts.neverUsed'),
      {
        kind: 'bars',
        title: 'Accounts in use, by role',
        columns: ['Role', 'Accounts'],
        bars: roles.map((role) => ({
          label: roleWords[role],
          count: inUse.filter((line) => line.role === role).length,
        })),
      },
      ...listed('Accounts in use', printed(inUse)),
    ];
    const unknown = ['Accounts of other systems, such as those of the computers themselves.'];
    return {
      title,
      dataAsOf: now,
      blocks: framed({ title, organisation, period: null, now, basis, body, unknown }),
      table: accessTable(named),
      data: { accounts: named },
    };
  },
};

interface AccountLine {
  account: string;
  role: string;
  isInUse: boolean;
  madeAt: number;
  lastSignIn: number | null;
  secondFactor: 'yes' | 'no' | 'single sign-on';
  decision: string;
  decidedAt: number | null;
  dueAt: number;
  isOverdue: boolean;
}

async function accountLines(store: Parameters<typeof listAccounts>[0], now: number): Promise<AccountLine[]> {
  const last = await lastReviews(store);
  const rows = await listAccounts(store);
  return rows.map((row) => {
    const standing = reviewStanding(row, last.get(row.id), now);
    const isInUse = row.disabled_at === null;
    return {
      account: `${row.display_name} (${row.username})`,
      role: row.role,
      isInUse,
      madeAt: row.created_at,
      lastSignIn: row.last_sign_in_at,
      secondFactor: row.external_subject !== null ? 'single sign-on' : row.confirmed_at === null ? 'no' : 'yes',
      decision: standing.last?.decision ?? '',
      decidedAt: standing.last?.at ?? null,
      dueAt: standing.dueAt,
      isOverdue: isInUse && standing.overdue,
    };
  });
}

function accessTable(lines: readonly AccountLine[]): Table {
  const day = (at: number | null) => (at === null ? 'never' : isoTime(at).slice(0, 10));
  return {
    columns: [
      'account',
      'role',
      'in use',
      'made',
      'last sign-in',
      'second factor',
      'last decision',
      'decided',
      'due',
      'overdue',
    ],
    rows: lines.map((line) => [
      line.account,
      line.role,
      line.isInUse ? 'yes' : 'no',
      day(line.madeAt),
      day(line.lastSignIn),
      line.secondFactor,
      line.decision,
      day(line.decidedAt),
      day(line.dueAt),
      line.isOverdue ? 'yes' : 'no',
    ]),
  };
}

function printed(lines: readonly AccountLine[]): Table {
  return {
    columns: ['Account', 'Role', 'Last sign-in', 'Second factor', 'Last review', 'Next due'],
    rows: lines.map((line) => [
      line.account,
      isRole(line.role) ? roleWords[line.role] : line.role,
      dayWords(line.lastSignIn),
      line.secondFactor,
      line.decidedAt === null ? 'none yet' : `${line.decision}, ${dayWords(line.decidedAt)}`,
      `${dayWords(line.dueAt)}${line.isOverdue ? ', overdue' : ''}`,
    ]),
  };
}
