import { connect } from 'node:net';
import { PortcullisError } from '#shared/errors.ts';
import type { LocalAnswer, LocalRequest } from './requests.ts';

type Good = Extract<LocalAnswer, { ok: true }>;
type AnswerTo = {
  devices: Extract<Good, { devices: unknown }>;
  challenge: Extract<Good, { challenge: unknown }>;
  redeem: Extract<Good, { until: unknown }>;
};

const longestAnswer = 1024 * 1024;

/** Asks the agent that runs on this computer. @throws PortcullisError `agentSilent`, or what the agent says */
export async function askAgent<R extends LocalRequest>(door: string, request: R): Promise<AnswerTo[R['ask']]> {
  const answer = JSON.parse(await exchange(door, JSON.stringify(request))) as LocalAnswer;
  if (!answer.ok) throw new PortcullisError(answer.code, answer.says);
  // The agent answers each request in its own form; the two ends are one package.
  return answer as AnswerTo[R['ask']];
}

function exchange(door: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const silent = (cause?: unknown) =>
      reject(
        new PortcullisError('agentSilent', 'The agent does not answer. Is it running on this computer?', { cause }),
      );
    const socket = connect(door, () => socket.write(`${line}\n`));
    socket.setEncoding('utf8');
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > longestAnswer) socket.destroy();
    });
    socket.on('error', silent);
    socket.on('close', () => (text.endsWith('\n') ? resolve(text) : silent()));
  });
}
