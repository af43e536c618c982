import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair, signer } from '#shared/identity.ts';
import { bundle } from '../../../collector/documents/bundle.ts';
import { openHome } from '../../../collector/home.ts';
import {
  bundleContext,
  evidenceBundle,
  signatureName,
  signedText,
} from '../../../collector/incidents/evidence-bundle.ts';
import { verifyBundle } from '../../../collector/incidents/verify-bundle.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { drafted, violation } from './violation.ts';

const program = fileURLToPath(new URL('../../../collector/portcullis-collector.cjs', import.meta.url));
const made = tempFolder();
const home = join(made.path, 'collector');
/** A home in which no collector was ever started. */
const elsewhere = tempFolder();
let zip: Buffer;
let key: string;

beforeAll(async () => {
  await using collector = await realCollector({ folder: home });
  const { computer, head } = await violation(collector);
  await violation(collector, undefined, { computer, from: head });
  const [incident] = await drafted(collector);
  if (!incident) throw new Error('no draft was opened');
  const { policySigner } = openHome(home);
  key = policySigner.publicKey;
  zip = Buffer.from(await evidenceBundle(collector.context.store, incident, policySigner, Date.now()));
}, 240_000);
afterAll(() => {
  made[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

function incident(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'incident', ...args], {
    env: { ...process.env, PORTCULLIS_HOME: folder },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function verifyCommand(bytes: Uint8Array, ...options: string[]) {
  const file = join(elsewhere.path, 'evidence.zip');
  writeFileSync(file, bytes);
  return incident(elsewhere.path, 'verify', file, ...options);
}

describe('an evidence bundle', () => {
  it('holds by itself: every event was signed by its computer, and the whole by the collector', () => {
    const found = verifyBundle(zip, key);
    expect(found).toMatchObject({ holds: true, faults: [], key, number: expect.stringMatching(/^INC-\d{4}-0001$/) });
    expect(found.events).toBeGreaterThan(1);
    expect(found.proven).toBe(found.events);
  });

  it('is verified by a command without a collector, and refused after one byte was changed', () => {
    expect(verifyCommand(zip)).toMatchObject({ status: 0, stdout: expect.stringContaining('The bundle holds.') });
    const place = zip.indexOf('media.file-inspected');
    const changed = Buffer.from(zip);
    changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
    const refused = verifyCommand(changed, '--json');
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout).faults.join('\n')).toMatch(
      /events\/.*\.jsonl was changed\.[\s\S]*is not what its computer signed/,
    );
  });

  it('is listed, shown and exported by commands', () => {
    const [, number = ''] = /^(INC-\d{4}-0001) +draft /.exec(incident(made.path, 'list').stdout) ?? [];
    const shown = incident(made.path, 'show', number).stdout;
    expect(shown).toMatch(/Assets affected or compromised\n-+\nComputers: FOC-LT-014/);
    const file = join(elsewhere.path, 'exported.zip');
    expect(incident(made.path, 'export', number, '--to', file)).toMatchObject({ status: 0, stderr: '' });
    expect(verifyBundle(readFileSync(file), key).holds).toBe(true);
    expect(incident(made.path, 'export', number, '--to', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is there already and was left as it is'),
    });
  }, 240_000);

  it('is refused whichever byte is changed, and whatever is cut off or added', () => {
    const refused = (bytes: Uint8Array) => {
      try {
        return !verifyBundle(bytes, key).holds;
      } catch (error) {
        return error instanceof Error && error.name === 'InvalidError';
      }
    };
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const changed = Buffer.from(zip);
        changed.writeUInt8(changed.readUInt8(place) ^ bits, place);
        return refused(changed);
      }),
      { numRuns: 120 },
    );
    const directory = zip.indexOf('PK\u0001\u0002', 0, 'latin1');
    for (let place = directory; place < zip.length; place += 7) {
      const changed = Buffer.from(zip);
      changed.writeUInt8(changed.readUInt8(place) ^ 0x55, place);
      expect([place, refused(changed)]).toEqual([place, true]);
    }
    expect(refused(zip.subarray(0, zip.length - 1))).toBe(true);
    expect(refused(Buffer.concat([zip, Buffer.from('x')]))).toBe(true);
    expect(refused(Buffer.concat([Buffer.from('x'), zip]))).toBe(true);
  });

  describe('made again by somebody who has not the keys', () => {
    const text = (files: Record<string, Uint8Array>, name: string) => Buffer.from(files[name] ?? []).toString('utf8');

    /** Writes the manifest anew, and signs with a key of their own. */
    function forged(change: (files: Record<string, Uint8Array>) => void): Uint8Array {
      const { SHA256SUMS: _, [signatureName]: old = new Uint8Array(), ...files } = unzipSync(zip);
      change(files);
      const own = signer(newKeyPair().privateKeyPem);
      const { at } = JSON.parse(Buffer.from(old).toString('utf8'));
      const signature = own.sign(bundleContext, signedText(at, Object.entries(files)));
      const all = Object.entries(files).map(([name, content]) => ({ name, content }));
      const last = { name: signatureName, content: JSON.stringify({ key: own.publicKey, signature, at }) };
      return bundle([...all, last], Date.parse(at), { stored: true });
    }

    it('has a collector that is another one', () => {
      const bytes = forged(() => undefined);
      expect(verifyBundle(bytes).holds).toBe(true);
      expect(verifyBundle(bytes, key).faults).toEqual([
        'The bundle was signed by another collector than the one that was expected.',
      ]);
    });

    it('has an event that its computer did not sign, also when the hashes are made to fit', () => {
      const bytes = forged((files) => {
        const name = Object.keys(files).find((one) => one.endsWith('.jsonl')) ?? '';
        files[name] = Buffer.from(text(files, name).replace(/pat\.example/g, 'sam.example'));
      });
      expect(verifyBundle(bytes).faults[0]).toMatch(/is not what its computer signed/);
    });

    it('has a proof that no signature covers', () => {
      const bytes = forged((files) => {
        const name = Object.keys(files).find((one) => one.endsWith('.proof.json')) ?? '';
        const proof = JSON.parse(text(files, name));
        files[name] = Buffer.from(
          JSON.stringify({ ...proof, hashes: `${proof.hashes.slice(0, -64)}${'0'.repeat(64)}` }),
        );
      });
      expect(verifyBundle(bytes).faults[0]).toMatch(/No signature of computer .* covers event/);
    });
  });

  it('is no bundle when it is some other ZIP', () => {
    expect(() => verifyBundle(zipSync({ 'hello.txt': Buffer.from('hello') }))).toThrow(/SHA256SUMS is missing/);
  });
});
