import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CertificateFiles, fingerprintOf, loadCertificate } from '../../../collector/gateway/certificate.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

describe("the collector's own certificate", () => {
  let home: ReturnType<typeof tempFolder>;
  let files: CertificateFiles;
  const now = Date.parse('2026-11-30T12:00:00Z');
  const tls = () => join(home.path, 'tls');

  beforeEach(() => {
    home = tempFolder();
    files = { certificate: join(tls(), 'certificate.pem'), certificateKey: join(tls(), 'key.pem') };
  });
  afterEach(() => home[Symbol.dispose]());

  it('is made once, though collector and commands ask for it at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => loadCertificate(files, now)));
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
    expect(await loadCertificate(files, now)).toEqual(all[0]);
    expect(all[0]?.fingerprint).toBe(fingerprintOf(all[0]?.certificate ?? ''));
    expect(readdirSync(home.path)).toEqual(['tls']);
  });

  it('is made beside whatever else lies in its folder', async () => {
    mkdirSync(tls());
    writeFileSync(join(tls(), 'read-me.txt'), 'ours');
    const made = await loadCertificate(files, now);
    expect(await loadCertificate(files, now)).toEqual(made);
    expect(readdirSync(home.path)).toEqual(['tls']);
  });

  it.each([
    ['certificate', 'certificateKey', 'certificate has no key'],
    ['certificateKey', 'certificate', 'key has no certificate'],
  ] as const)('of which only the %s is there is left as it is, and said', async (there, missing, says) => {
    await loadCertificate(files, now);
    rmSync(files[missing]);
    await expect(loadCertificate(files, now)).rejects.toMatchObject({
      code: 'certificateIncomplete',
      message: expect.stringContaining(says),
    });
    expect(readdirSync(tls())).toHaveLength(1);
    expect(files[there]).toContain(readdirSync(tls())[0]);
  });
});
