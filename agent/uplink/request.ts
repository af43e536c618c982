import { type Agent, request } from 'node:https';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { whyUnreachable } from './unreachable.ts';

export interface Answer {
  status: number;
  body: unknown;
}

const usualLongest = 2 * 1024 * 1024;

export interface Asked {
  agent: Agent;
  method: 'GET' | 'POST';
  token?: string;
  body?: unknown;
  /** Bytes of the answer at most. */
  longest?: number;
}

/** One JSON request to the collector. @throws PortcullisError `collectorUnreachable`, `badAnswer` */
export function requestJson(url: URL, { agent, method, token, body, longest = usualLongest }: Asked): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      const says = `The collector does not answer: ${whyUnreachable(errorCode(cause))}.`;
      reject(new PortcullisError('collectorUnreachable', says, { retry: true, cause }));
    };
    const outgoing = request(url, { agent, method, headers, timeout: 15_000 }, (incoming) => {
      const parts: Buffer[] = [];
      let length = 0;
      incoming.on('data', (part: Buffer) => {
        length += part.length;
        if (length > longest) outgoing.destroy(new PortcullisError('tooLarge', 'The answer is too long.'));
        else parts.push(part);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        try {
          resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString('utf8')) });
        } catch (cause) {
          reject(
            new PortcullisError(
              'badAnswer',
              'The collector answers what is not JSON. Is the address that of a proxy or another server?',
              { cause },
            ),
          );
        }
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new PortcullisError('ETIMEDOUT', 'It took too long.')));
    outgoing.on('error', fail);
    outgoing.end(text);
  });
}
