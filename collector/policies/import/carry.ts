import { stringify } from 'yaml';
import type { DeviceClass } from '#shared/device/facts.ts';
import { reservedIds } from '#shared/policy/check.ts';
import type { When } from '#shared/policy/conditions.ts';
import type { RightName, Verdict } from '#shared/policy/decision.ts';
import { type Fragment, loadFragment } from '#shared/policy/load.ts';
import type { Rule } from '#shared/policy/rule.ts';
import { type Expression, hasExclusion, type Lists, lostIn, render } from './expression.ts';

/** Something of the foreign policy that is not, or not exactly, in ours. */
export interface NotCarriedOver {
  what: string;
  /** File, and the place in it as far as it is known. */
  where: string;
  why: string;
}

export interface Imported {
  /** Defaults, lists and rules in our language; `loadFragment` reads it. */
  yaml: string;
  fragment: Fragment;
  notCarriedOver: NotCarriedOver[];
}

/** One foreign rule that speaks of one verdict. */
export interface ForeignRule {
  /** Its name in the source, or what stands for one. */
  name: string;
  where: string;
  verdict: Verdict;
  rights: readonly RightName[];
  /** Devices the foreign product rules over at all; always exact. */
  scope: When;
  condition: Expression;
  expires?: string;
  evidence?: Rule['evidence'];
  reportOnly?: boolean;
}

export interface Carrier {
  rule(foreign: ForeignRule): void;
  default(deviceClass: DeviceClass, rights: readonly RightName[]): void;
  note(what: string, where: string, why: string): void;
  done(): Imported;
}

/** Collects what can be carried over and names what cannot. @param source for the reason of each rule */
export function carrier(source: string): Carrier {
  const lists: Lists = new Map();
  const rules: Rule[] = [];
  const defaults: NonNullable<NonNullable<Fragment['devices']>['defaults']> = {};
  const notCarriedOver: NotCarriedOver[] = [];
  const note = (what: string, where: string, why: string) => notCarriedOver.push({ what, where, why });

  function rule(foreign: ForeignRule): void {
    const { name, where, verdict, condition } = foreign;
    const lost = lostIn(condition).join('; ');
    const when = render(condition, verdict === 'allow' ? 'surely' : 'perhaps', lists);
    const what = `Rule "${name}": ${verdict} ${foreign.rights.join(', ')}`;
    if (when === false) {
      note(
        what,
        where,
        lost === ''
          ? 'It never holds.'
          : `${verdict === 'allow' ? 'What narrows it' : 'What it asks for'} cannot be said here: ${lost}.`,
      );
      return;
    }
    if (verdict === 'deny' && when === true && lost !== '') {
      note(
        what,
        where,
        `What it asks for cannot be said here: ${lost}. What it denied is decided by the rules below it.`,
      );
      return;
    }
    if (lost !== '')
      note(
        `${what}, in part`,
        where,
        `${verdict === 'allow' ? 'It permits less' : 'It denies more'} than the source, because this cannot be said here: ${lost}.`,
      );
    const scoped = when === true ? foreign.scope : { all: [foreign.scope, when] };
    rules.push(ruleOf(foreign, scoped, uniqueId(name, rules), source));
  }

  return {
    rule,
    note,
    default(deviceClass, allowed) {
      const verdict = (right: RightName): Verdict => (allowed.includes(right) ? 'allow' : 'deny');
      const rights = {
        connect: verdict('connect'),
        read: verdict('read'),
        write: verdict('write'),
        execute: verdict('execute'),
      };
      defaults[deviceClass] = { rights };
    },
    done() {
      const used = new Set(JSON.stringify(rules).match(/"in":"[^"]*"/g));
      const named = [...lists]
        .filter(([name]) => used.has(`"in":"${name}"`))
        .map(([name, devices]) => [name, { devices }] as const);
      const fragment = {
        ...(Object.keys(defaults).length > 0 && { devices: { defaults } }),
        ...(named.length > 0 && { lists: Object.fromEntries(named) }),
        rules,
      };
      const yaml = stringify(fragment, { lineWidth: 0, aliasDuplicateObjects: false });
      return { yaml, fragment: loadFragment(yaml), notCarriedOver };
    },
  };
}

function ruleOf(foreign: ForeignRule, when: When, id: string, source: string): Rule {
  const { name, verdict, rights, condition, expires, evidence, reportOnly } = foreign;
  return {
    id,
    name: name.slice(0, 255),
    when,
    rights: Object.fromEntries(rights.map((right) => [right, verdict])),
    // A foreign exclusion is certain of what it excludes; here a denial must say that doubt excludes nothing.
    ...(verdict === 'deny' && hasExclusion(condition) && { onUnknown: 'match' as const }),
    ...(reportOnly && { mode: 'report' as const }),
    ...(expires !== undefined && { expires }),
    ...(evidence !== undefined && { evidence }),
    reason: `Imported from ${source}`.slice(0, 255),
  };
}

export function slug(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '');
  return words === '' ? 'imported' : words;
}

function uniqueId(name: string, rules: readonly Rule[]): string {
  const plain = slug(name);
  const base = reservedIds.test(plain) ? `imported-${plain}` : plain;
  const taken = new Set(rules.map(({ id }) => id));
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
  return id;
}
