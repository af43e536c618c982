import { readFile } from 'node:fs/promises';
import type { PostureFacts } from '#shared/events/posture.ts';
import { fileFingerprint, ifThere } from '../../platform/files.linux.ts';
import { runTool } from '../../platform/run.ts';
import type { Look } from '../watcher.ts';

export const firewallProcesses: readonly string[] = ['firewalld'];

export interface FirewallRoots {
  proc: string;
  ufw: string;
  nft: string;
  iptables: string;
}
/** What was found out; an undefined answer is of a tool that is not installed. */
export interface FirewallSigns {
  ufwEnabled: boolean;
  firewalldRunning: boolean;
  /** Whether the rules may be read at all. */
  privileged: boolean;
  nft?: Look<boolean> | undefined;
  iptables?: Look<boolean> | undefined;
}

export async function readFirewall(
  roots: FirewallRoots,
  running: ReadonlySet<string>,
  privileged: boolean,
): Promise<FirewallSigns> {
  const ufw = (await ifThere(readFile(roots.ufw, 'utf8'))) ?? '';
  const signs = { ufwEnabled: isUfwEnabled(ufw), firewalldRunning: running.has('firewalld'), privileged };
  if (signs.ufwEnabled || signs.firewalldRunning || !privileged) return signs;
  const nft = await ask(roots.nft, ['-j', '-t', 'list', 'ruleset'], nftFilters);
  // With nft at hand only the older kind of rules is left to iptables. It is not asked without need, because asking
  // can load that kind's kernel modules.
  const older = (await ifThere(readFile(`${roots.proc}/net/ip_tables_names`, 'utf8'))) ?? '';
  const isNeeded = nft === undefined || /^filter$/m.test(older);
  return {
    ...signs,
    nft,
    iptables: isNeeded ? await ask(roots.iptables, ['-S', 'INPUT'], iptablesFilters) : undefined,
  };
}

async function ask(
  tool: string,
  args: readonly string[],
  filters: (text: string) => boolean,
): Promise<Look<boolean> | undefined> {
  if ((await fileFingerprint([tool])) === undefined) return undefined;
  const answer = await runTool(tool, args);
  return answer.ok ? { ok: true, seen: filters(answer.seen) } : answer;
}

/** Pure. A firewall is one that refuses what was not asked for; single blocked addresses do not make one. */
export function judgeFirewall(signs: FirewallSigns): PostureFacts {
  const item = 'firewall' as const;
  const { nft, iptables } = signs;
  if (signs.ufwEnabled) return { item, state: 'good', what: 'ufw', because: 'ufw is switched on in its settings.' };
  if (signs.firewalldRunning) return { item, state: 'good', what: 'firewalld', because: 'Its service is running.' };
  if (!signs.privileged) return { item, state: 'unknown', because: 'Only root may read the rules of the firewall.' };
  for (const [what, look] of [
    ['nftables', nft],
    ['iptables', iptables],
  ] as const) {
    if (look?.ok && look.seen)
      return { item, state: 'good', what, because: 'Its rules refuse connections from outside by default.' };
  }
  const failed = [nft, iptables].find((look) => look && !look.ok);
  if (failed) return { item, state: 'unknown', because: 'The rules of the firewall could not be read.' };
  return nft || iptables
    ? { item, state: 'bad', because: 'No rule refuses connections from outside by default.' }
    : { item, state: 'bad', because: 'No known firewall program is installed.' };
}

export function isUfwEnabled(settings: string): boolean {
  return /^\s*ENABLED\s*=\s*["']?yes["']?\s*$/im.test(settings);
}

/** Whether the answer of `iptables -S INPUT` refuses by policy or by a rule without conditions. */
export function iptablesFilters(rules: string): boolean {
  return /^-P INPUT DROP$/m.test(rules) || /^-A INPUT -j (DROP|REJECT)( --reject-with \S+)?$/m.test(rules);
}

/** Whether the answer of `nft -j list ruleset` has a chain at the input hook that refuses by policy or by such a rule. */
export function nftFilters(json: string): boolean {
  const entries = listOf(JSON.parse(json), 'nftables');
  const chains = entries
    .map((entry) => memberOf(entry, 'chain'))
    .filter((chain) => memberOf(chain, 'hook') === 'input');
  const rules = entries.map((entry) => memberOf(entry, 'rule'));
  return chains.some(
    (chain) =>
      memberOf(chain, 'policy') === 'drop' ||
      rules.some((rule) => isOf(rule, chain) && refusesAll(listOf(rule, 'expr'))),
  );
}

function isOf(rule: unknown, chain: unknown): boolean {
  return (
    ['family', 'table'].every((name) => memberOf(rule, name) === memberOf(chain, name)) &&
    memberOf(rule, 'chain') === memberOf(chain, 'name')
  );
}

function refusesAll(expressions: unknown[]): boolean {
  const [last, ...before] = expressions.map(nameOfExpression).reverse();
  return (last === 'drop' || last === 'reject') && before.every((name) => ['counter', 'log'].includes(name));
}

/** `{ "reject": … }`; rules that came by iptables have `{ "xt": { "name": "REJECT" } }` for it. */
function nameOfExpression(expression: unknown): string {
  const name = memberOf(memberOf(expression, 'xt'), 'name');
  if (typeof name === 'string') return name.toLowerCase();
  return typeof expression === 'object' && expression !== null ? (Object.keys(expression)[0] ?? '') : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
function listOf(value: unknown, name: string): unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
