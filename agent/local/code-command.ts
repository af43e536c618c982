import { PortcullisError } from '#shared/errors.ts';
import { askAgent } from './client.ts';
import type { LocalDevice } from './requests.ts';

export interface CodeCommand {
  door: string;
  /** Id of a device, or `*` for the whole computer: answer with its challenge and ask nothing. */
  device?: string;
  /** Redeem this and ask nothing. */
  code?: string;
  json: boolean;
  print(text: string): void;
  /** Asks the person; undefined where there is nobody to ask. */
  question: ((text: string) => Promise<string>) | undefined;
}

/** `portcullis-agent code`: shows what is connected, the challenge to read out, and takes the code. */
export async function codeCommand(command: CodeCommand): Promise<void> {
  const { door, device, code, print } = command;
  if (code !== undefined) return redeem(command, code);
  if (device !== undefined) return challenge(command, device);
  const { devices } = await askAgent(door, { ask: 'devices' });
  if (command.json || !command.question)
    return print(command.json ? JSON.stringify(devices, null, 2) : listText(devices));
  print(listText(devices));
  const chosen = choice(await command.question('Number of the device: '), devices);
  await challenge(command, chosen);
  await redeem(command, await command.question('Code: '));
}

async function challenge({ door, json, print }: CodeCommand, device: string): Promise<void> {
  const answer = await askAgent(door, { ask: 'challenge', device });
  if (json) print(JSON.stringify({ challenge: answer.challenge }));
  else print(`Read this out to the ICT supplier: ${answer.challenge}`);
}

async function redeem({ door, json, print }: CodeCommand, code: string): Promise<void> {
  const { scope, rights, until } = await askAgent(door, { ask: 'redeem', code });
  if (json) return print(JSON.stringify({ scope, rights, until }));
  const what =
    scope === 'computer' ? 'Everything is allowed on this computer' : `The device may now ${rights.join(', ')}`;
  print(`${what} until ${new Date(until).toLocaleString('en-GB')}. This is recorded.`);
}

function listText(devices: readonly LocalDevice[]): string {
  const lines = devices.map(({ name, serialEnd, says }, index) => {
    const serial = serialEnd === undefined ? '' : `, serial number ending ${serialEnd}`;
    return `${index + 1}  ${name}${serial}. ${says}`;
  });
  return [...(lines.length > 0 ? lines : ['No device is connected.']), '*  The whole computer, in an emergency'].join(
    '\n',
  );
}

function choice(typed: string, devices: readonly LocalDevice[]): string {
  if (typed.trim() === '*') return '*';
  const chosen = devices[Number(typed.trim()) - 1];
  if (!chosen) throw new PortcullisError('noSuchDevice', 'There is no such number in the list.');
  return chosen.id;
}
