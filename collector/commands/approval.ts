import { type Command, Option } from 'commander';
import { print } from '#shared/command-line.ts';
import { PortcullisError, UsageError } from '#shared/errors.ts';
import type { DeviceMatch } from '#shared/policy/conditions.ts';
import { type RightName, rightNames } from '#shared/policy/decision.ts';
import {
  type ApprovalToGrant,
  grantApproval,
  type ListedApproval,
  listApprovals,
  revokeApproval,
} from '../approvals/approvals.ts';
import { currentPolicy } from '../policies/policies.ts';
import { readMoment } from '../register/moment.ts';
import { answer, type By, columns, doing, type Json, withStore } from './context.ts';

interface GrantOptions extends By, Json {
  kind: ApprovalToGrant['kind'];
  approver: string;
  role?: string;
  reason: string;
  reference: string;
  from?: string;
  to: string;
  computer?: string;
  user?: string;
  serial?: string;
  vendorId?: string;
  productId?: string;
  rights?: string;
  what?: string;
  records?: string;
  encrypted?: boolean;
}

export function defineApproval(program: Command): void {
  const approval = program
    .command('approval')
    .description('granted requests: media, transfers, data kept on a computer, software, drives without encryption');
  approval
    .command('grant')
    .description('write down a request that was granted')
    .addOption(
      new Option('--kind <kind>', 'of what')
        .choices(['media', 'transfer', 'local-data', 'software', 'encryption'])
        .makeOptionMandatory(),
    )
    .requiredOption('--approver <name>', 'who granted it')
    .option('--role <role>', 'in which role; needed where the policy leaves it to several')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--reference <text>', 'number of the request, for example IG-2026-114')
    .option('--from <time>', 'from when on: a day or a time with zone; default: now')
    .requiredOption('--to <time>', 'the last day, or the time with zone until which it holds')
    .option('--computer <id>', 'only on this computer')
    .option('--user <name>', 'only for this account')
    .option('--serial <number>', 'serial number of the medium')
    .option('--vendor-id <hex>', 'maker of the medium')
    .option('--product-id <hex>', 'product')
    .option('--rights <list>', `some of ${rightNames.join(',')}`)
    .option('--what <text>', 'what is moved or kept, in words; with software, the name of the title')
    .option('--records <number>', 'about how many people it concerns')
    .option('--encrypted', 'holds only while the medium is encrypted')
    .option('--by <name>', 'who writes it down; default: your account')
    .option('--json', 'as JSON')
    .action(grant);
  approval
    .command('revoke')
    .argument('<id>')
    .description('end an approval at once')
    .option('--by <name>', 'who does it; default: your account')
    .option('--json', 'as JSON')
    .action(revoke);
  approval.command('list').description('all approvals').option('--json', 'as JSON').action(list);
}

/** @throws UsageError for a word that is no right */
export function readRights(text: string): RightName[] {
  const words = text === 'all' ? [...rightNames] : text.split(',').map((word) => word.trim());
  const strange = words.find((word) => !rightNames.some((right) => right === word));
  if (strange !== undefined)
    throw new UsageError(`"${strange}" is no right. There are: ${rightNames.join(', ')}, or all.`);
  return rightNames.filter((right) => words.includes(right));
}

async function grant(options: GrantOptions): Promise<void> {
  const { by, json } = options;
  const id = await withStore(async (store) => {
    const policy = await currentPolicy(store);
    if (!policy) throw new PortcullisError('noSuchPolicy', 'No policy was published yet.');
    const now = doing({ by });
    return grantApproval(store, policy.policy, requested(options, now.now), now);
  }, false);
  print(answer(json, { id }, () => `Granted as ${id}.`));
}

function requested(options: GrantOptions, now: number): ApprovalToGrant {
  const { kind, approver, role, reason, reference, user, computer, rights, what, records, encrypted } = options;
  const device = deviceOf(options);
  return {
    kind,
    approver,
    reason,
    reference,
    ...(role !== undefined && { role }),
    from: options.from === undefined ? now : readMoment(options.from, 'start'),
    to: readMoment(options.to, 'end'),
    ...(computer !== undefined && { computerId: computer }),
    ...(user !== undefined && { user }),
    ...(device && { device }),
    ...(rights !== undefined && { rights: readRights(rights) }),
    ...(what !== undefined && { what }),
    ...(records !== undefined && { records: Number(records) }),
    ...(encrypted !== undefined && { encrypted }),
  };
}

function deviceOf({ serial, vendorId, productId }: GrantOptions): DeviceMatch | undefined {
  const match = {
    ...(serial !== undefined && { serial }),
    ...(vendorId !== undefined && { vendorId: vendorId.toLowerCase() }),
    ...(productId !== undefined && { productId: productId.toLowerCase() }),
  };
  return Object.keys(match).length === 0 ? undefined : match;
}

async function revoke(id: string, { by, json }: By & Json): Promise<void> {
  await withStore((store) => revokeApproval(store, id, doing({ by })), false);
  print(answer(json, { id, revoked: true }, () => 'Revoked.'));
}

async function list({ json }: Json): Promise<void> {
  const approvals = await withStore((store) => listApprovals(store, doing().now));
  print(answer(json, approvals, () => listText(approvals)));
}

function listText(approvals: readonly ListedApproval[]): string {
  if (approvals.length === 0) return 'Nothing was granted yet.';
  return columns(
    approvals.map(({ approval: { id, kind, reference, approver, from, to }, state, role }) => [
      kind,
      state,
      reference,
      `${from} to ${to}`,
      `${approver} (${role})`,
      id,
    ]),
  );
}
