import { spoken } from '#shared/policy/code.ts';
import { cleanText } from '#shared/text.ts';
import type { BreakGlassReport, DeviceUsed, LetThrough } from './break-glass-report.ts';

/** A break-glass report for a terminal or a letter. Times are UTC; words from devices and people are made harmless. */
export function breakGlassText(report: BreakGlassReport): string {
  const { challenge, computer, code, from, until, ended, people, isCut } = report;
  return [
    `Break-glass on ${cleanText(computer.hostname)} (${computer.id})`,
    `  from     ${from}`,
    `  allowed  until ${until}`,
    `  ended    ${ended ? `${ended.at}, ${endings[ended.because]}` : 'not reported yet'}`,
    `  code     ${spoken(challenge)}${code ? `, agreed by ${cleanText(code.approver)}: ${cleanText(code.reason)}` : ', NOT made by this collector'}`,
    `  people   ${people.length === 0 ? 'not known' : people.map((name) => cleanText(name)).join(', ')}`,
    '',
    ...section('Devices', report.devices.map(deviceText)),
    ...section('Let through, which the policy would have denied', report.letThrough.map(letThroughText(report))),
    ...section('All that was recorded', [countsText(report.happened)].filter(Boolean)),
    ...(isCut ? ['There were more events than are looked at; this speaks of the first ones.'] : []),
  ].join('\n');
}

const endings = { expired: 'its time was over', cancelled: 'it was cancelled' };

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${title}: nothing.`] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function deviceText({ device, register, first, last, happened }: DeviceUsed): string {
  const known = register === undefined ? 'register not known' : `register: ${register}`;
  return `${nameOf(device)}, ${known}, ${first} to ${last}: ${countsText(happened)}`;
}

function letThroughText({ devices }: BreakGlassReport): (one: LetThrough) => string {
  return ({ device: key, rights, ruleId, policyVersion, mode, count, first }) => {
    const device = devices.find((one) => one.device.key === key)?.device;
    const only = mode === 'report' ? ', which only reports' : '';
    return `${rights.join(', ')}: ${device ? nameOf(device) : 'a device'}, ${count} times, first ${first}, by ${ruleId} of version ${policyVersion}${only}`;
  };
}

function nameOf({ class: deviceClass, vendor, product, serial }: DeviceUsed['device']): string {
  const words = [vendor, product, serial].filter((word) => word !== undefined);
  return cleanText(words.length === 0 ? deviceClass : `${deviceClass} ${words.join(' ')}`);
}

function countsText(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}
