import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { ReleaseManifest } from '#shared/protocol/release.ts';
import { UpdateError } from './update-error.ts';

const silenceMilliseconds = 60_000;

export interface Source {
  url: URL;
  agent: Agent;
  token: string;
}

/**
 * Fetches a bundle into a file, and nothing more than was signed: what is longer, shorter or other than the manifest says is
 * removed again.
 * @throws UpdateError `not-fetched` · `truncated` · `altered`
 */
export async function download(source: Source, { size, sha256 }: ReleaseManifest, file: string): Promise<void> {
  try {
    const incoming = await answerOf(source);
    const digest = createHash('sha256');
    let bytes = 0;
    async function* measured(parts: AsyncIterable<Buffer>) {
      for await (const part of parts) {
        bytes += part.length;
        if (bytes > size) throw new UpdateError('altered', 'More came than the release says.');
        digest.update(part);
        yield part;
      }
    }
    await pipeline(incoming, measured, createWriteStream(file, { mode: 0o600, flush: true }));
    if (bytes < size) throw new UpdateError('truncated', `${bytes} of ${size} bytes came.`);
    if (digest.digest('hex') !== sha256) throw new UpdateError('altered', 'What came is not what was signed.');
  } catch (cause) {
    await rm(file, { force: true });
    if (cause instanceof UpdateError) throw cause;
    throw new UpdateError('not-fetched', 'The bundle could not be fetched.', { retry: true, cause });
  }
}

function answerOf({ url, agent, token }: Source): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const outgoing = request(url, { agent, headers, timeout: silenceMilliseconds }, (incoming) => {
      if (incoming.statusCode === 200) return resolve(incoming);
      incoming.resume();
      const says = `The collector answered with status ${incoming.statusCode}.`;
      return reject(new UpdateError('not-fetched', says, { retry: true }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
