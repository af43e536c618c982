import { covers } from './covers.ts';
import type { RightName, Verdict } from './decision.ts';
import type { LintFinding } from './lint-finding.ts';
import type { Rule } from './rule.ts';
import { rightsSaid } from './voices.ts';

/** Whether everything a rule says was said before it, by rules that hold wherever it holds. */
export function shadowed(rule: Rule, above: readonly Rule[]): LintFinding[] {
  const said = Object.entries(rightsSaid(rule.rights)) as [RightName, Verdict][];
  const shades = above.filter((other) => speaksAlways(other, rule) && covers(other.when, rule.when));
  const firsts = said.map(([right, verdict]) => ({
    verdict,
    first: shades.find((other) => rightsSaid(other.rights)[right]),
  }));
  const overruled = firsts.find(({ verdict, first }) => verdict === 'allow' && first && deniesAny(first, said));
  if (overruled?.first) {
    const says = `It permits what rule "${overruled.first.id}" above it denies for all the same devices.`;
    return [
      {
        level: 'warning',
        check: 'permit-under-deny',
        ruleId: rule.id,
        says,
        mend: 'Move it above that rule, or take it out.',
      },
    ];
  }
  if (firsts.length === 0 || firsts.some(({ first }) => !first)) return [];
  const names = [...new Set(firsts.map(({ first }) => `"${first?.id}"`))].join(' and ');
  const says = `It never decides anything: rules above it (${names}) hold wherever it holds.`;
  return [
    {
      level: 'warning',
      check: 'unreachable',
      ruleId: rule.id,
      says,
      mend: 'Move it up, narrow those rules, or take it out.',
    },
  ];
}

function deniesAny(rule: Rule, said: [RightName, Verdict][]): boolean {
  const rights = rightsSaid(rule.rights);
  return said.some(([right, verdict]) => verdict === 'allow' && rights[right] === 'deny');
}

/** A report-only rule settles nothing, and one that expires leaves the field to those below. */
function speaksAlways(rule: Rule, below: Rule): boolean {
  if (rule.mode === 'report' && below.mode !== 'report') return false;
  // What is not known makes the lower one deny, where the upper one keeps silent.
  if (below.onUnknown && !(rule.onUnknown && !Object.values(rightsSaid(rule.rights)).includes('allow'))) return false;
  return rule.expires === undefined || rule.expires === below.expires;
}
