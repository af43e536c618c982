import { describe, expect, it } from 'vitest';
import { backoff } from '../../../collector/exports/backoff.ts';
import { exportSettings } from '../../../collector/exports/settings.ts';

const syslog = {
  name: 'siem',
  channel: 'syslog',
  format: 'ocsf',
  host: 'siem.example',
  port: 6514,
  tls: { ca: 'ca.pem' },
};
const webhook = {
  name: 'hook',
  channel: 'webhook',
  format: 'jsonl',
  url: 'https://hook.example/in',
  secretFile: 'hook-secret',
};
const file = { name: 'file', channel: 'file', format: 'cef', path: 'records.cef' };

describe('exports in settings.json', () => {
  it('takes one destination of each channel', () => {
    expect(exportSettings([syslog, webhook, file])).toHaveLength(3);
  });

  it.each<[string, object[], RegExp]>([
    ['no channel', [{}], /exports\[0\].*"channel" is one of syslog, webhook, file/],
    ['a misspelt key', [syslog, { ...webhook, secretfile: 'x' }], /exports\[1\].*secretfile|exports\[1\].*additional/i],
    ['a missing port', [{ ...syslog, port: undefined }], /exports\[0\].*port/],
    ['a name that is none', [{ ...file, name: 'My SIEM' }], /exports\[0\].*\/name/],
    ['a format that is none', [{ ...file, format: 'xml' }], /exports\[0\].*\/format/],
    ['a kind that is none', [{ ...file, kinds: ['media.eaten'] }], /exports\[0\].*\/kinds\/0/],
    ['an address in the clear', [{ ...webhook, url: 'http://hook.example/' }], /exports\[0\].*\/url/],
    [
      'a certificate without its key',
      [{ ...syslog, tls: { certificate: 'c.pem' } }],
      /"certificate" and "key" together/,
    ],
    ['the same name twice', [file, file], /two destinations are called "file"/],
    ['TLS neither given nor refused', [{ ...syslog, tls: undefined }], /exports\[0\].*tls/],
  ])('says where there is %s', (_, list, says) => {
    expect(() => exportSettings(JSON.parse(JSON.stringify(list)) as object[])).toThrow(says);
  });
});

describe('the wait after failures', () => {
  it('doubles up to five minutes, and is shortened by up to half', () => {
    expect([1, 2, 3, 9, 10, 1000].map((failures) => backoff(failures, 0))).toEqual([
      1000, 2000, 4000, 256_000, 300_000, 300_000,
    ]);
    expect(backoff(3, 0.999)).toBeGreaterThanOrEqual(2000);
  });
});
