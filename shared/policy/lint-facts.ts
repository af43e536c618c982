import { type DeviceClass, deviceClasses } from '../device/facts.ts';
import type { DeviceMatch } from './conditions.ts';
import type { RightName, Verdict } from './decision.ts';
import { conditionsOf, type LintFinding } from './lint-finding.ts';
import type { Rule } from './rule.ts';
import type { Policy } from './schema.ts';
import { rightsSaid } from './voices.ts';

export function untrustedSerial(rule: Rule, policy: Policy): LintFinding[] {
  const lists = conditionsOf(rule.when).flatMap(({ device }) => [device?.in ?? []].flat());
  const matches = [
    ...conditionsOf(rule.when).flatMap(({ device }) => device ?? []),
    ...lists.flatMap((name) => policy.lists?.[name]?.devices ?? []),
  ];
  const says = matches.map(distrust).find((one) => one !== undefined);
  if (says === undefined) return [];
  const mend = 'Tell the device by vendor, product and a serial number of its own.';
  return [{ level: 'warning', check: 'untrusted-serial', ruleId: rule.id, says, mend }];
}

function distrust({ serial, serialTrust }: DeviceMatch): string | undefined {
  if (serial === undefined) return undefined;
  const trusted = [serialTrust ?? 'device'].flat().filter((trust) => trust !== 'device');
  if (trusted.length > 0)
    return `It rests on serial numbers that are ${trusted.join(' or ')}, which do not tell one device from another.`;
  const texts = [serial].flat().filter((one) => typeof one === 'string');
  if (texts.some((one) => one.includes('&')))
    return 'A serial number with "&" in it was made up by Windows from the port, and changes with it.';
  if (texts.some((one) => /^[0*]*$/.test(one)))
    return 'A serial number of zeros or of any text is no serial number; every stick without one has it.';
  return undefined;
}

export function unknownFacts(rule: Rule, index: number, policy: Policy): LintFinding[] {
  const verdicts = Object.values(rightsSaid(rule.rights));
  if (rule.onUnknown && !verdicts.includes('deny')) {
    const says = 'It asks to match what is not known, and that never permits anything.';
    return [{ level: 'warning', check: 'unknown-never-permits', ruleId: rule.id, says, mend: 'Take `onUnknown` out.' }];
  }
  const asksForVolume = conditionsOf(rule.when).some(({ volume }) => volume !== undefined);
  if (rule.onUnknown || !asksForVolume || !verdicts.includes('deny') || !isPermittedBelow(rule, index, policy))
    return [];
  const says = 'It denies by a fact of the volume, and while that is not known a rule or default below it permits.';
  const mend = 'Add `onUnknown: match`, or permit below only what is known.';
  return [{ level: 'info', check: 'unknown-slips-through', ruleId: rule.id, says, mend }];
}

/** Whether a rule below with no demand on the volume allows a right that this one denies. */
function isPermittedBelow(rule: Rule, index: number, { rules = [] }: Policy): boolean {
  const denied = (Object.entries(rightsSaid(rule.rights)) as [RightName, Verdict][]).filter(
    ([, verdict]) => verdict === 'deny',
  );
  return rules.slice(index + 1).some((below) => {
    const rights = rightsSaid(below.rights);
    const blind = conditionsOf(below.when).every(({ volume }) => volume === undefined);
    return blind && denied.some(([right]) => rights[right] === 'allow') && couldMeet(rule, below);
  });
}

/** Whether the classes two rules ask for have one in common. */
function couldMeet(one: Rule, other: Rule): boolean {
  const classes = [one, other].map(({ when }) => {
    const asked = [when, ...(when.all ?? [])].flatMap(({ device }) => (device?.class ? [[device.class].flat()] : []));
    return asked[0] ?? deviceClasses;
  });
  return classes[0]?.some((each) => (classes[1] as readonly DeviceClass[]).includes(each)) ?? true;
}
