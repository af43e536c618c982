import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../collector/accounts/audit.ts';
import type { ConsoleContext } from '../../../collector/console/layout.ts';
import { onRecord, type RecordSeen, seenByWriter } from '../../../collector/console/seen.ts';
import { monday, testClock } from './site.ts';

const seen = { action: 'alert.viewed', object: 'an alert' } as const;
const request = { visit: { account: { id: 'pat' } } } as unknown as FastifyRequest;
const show = (recordSeen: RecordSeen, page: () => Promise<string>) =>
  onRecord({ recordSeen, clock: testClock() } as unknown as ConsoleContext, request, seen, page);

describe('a page about one person or thing', () => {
  it('is shown when the entry of who saw it is on disk, and not before', async () => {
    const entries: AuditEntry[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const write: RecordSeen = (entry) => {
      entries.push(entry);
      return promise;
    };
    let shown: string | undefined;
    const answer = show(write, () => Promise.resolve('the page')).then((page) => {
      shown = page;
    });
    await new Promise(setImmediate);
    expect([shown, entries]).toEqual([undefined, [{ at: monday, accountId: 'pat', ...seen }]]);
    resolve(undefined);
    await answer;
    expect(shown).toBe('the page');
  });

  it('is not shown when the writer could not write the entry', async () => {
    const recordSeen = seenByWriter({ write: () => Promise.resolve({ stored: false, code: 'unavailable' }) });
    await expect(show(recordSeen, () => Promise.resolve('the page'))).rejects.toMatchObject({
      code: 'unavailable',
      retry: true,
    });
  });
});
