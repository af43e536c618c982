import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeLog } from '#shared/logging.ts';
import { tempFolder } from '../fakes/temp-folder.ts';

it('writes one line of JSON for each thing said, in a folder that it makes', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'logs', 'agent.log');
  const log = makeLog('info', file);
  log.info({ code: 'a' }, 'first');
  log.debug('not said at this level');
  log.warn('second');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['first', 'second']);
});

it.skipIf(!existsSync('/dev/full'))('goes on without a log when the disk is full', () => {
  const log = makeLog('info', '/dev/full');
  expect(() => {
    log.info('no room for this');
    log.error('nor for this');
  }).not.toThrow();
});

it('says at once that its file cannot be opened', () => {
  using folder = tempFolder();
  mkdirSync(join(folder.path, 'a-folder'));
  expect(() => makeLog('info', join(folder.path, 'a-folder'))).toThrow(/EISDIR/);
});
