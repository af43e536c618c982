import { statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { doorOf, runFolder } from '../../../agent/local/address.ts';
import { askAgent } from '../../../agent/local/client.ts';
import { codeCommand } from '../../../agent/local/code-command.ts';
import { type LocalParts, localAnswers } from '../../../agent/local/requests.ts';
import { localServer } from '../../../agent/local/server.ts';
import type { DecidedDevice } from '../../../agent/policy/decision-keeper.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const stick: DecidedDevice = {
  device: {
    class: 'usb-storage',
    bus: 'usb',
    vendor: 'Example',
    product: 'Stick',
    serial: 'SECRET-0000-9876',
    serialTrust: 'device',
    interfaces: [],
  },
  decision: {
    rights: { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' },
    tier: 'rule',
    ruleId: 'unregistered-media',
    mode: 'enforce',
    policyVersion: 1,
    trace: [],
  },
  volumes: [],
};
const until = '2026-11-21T10:00:00.000Z';

describe('the door for people at this computer', () => {
  let folder: ReturnType<typeof tempFolder>;
  let door: string;
  let server: { stop(): Promise<void> };
  const asked: (string | undefined)[] = [];
  const redeemed = vi.fn();

  const parts: LocalParts = {
    devices: () => [stick],
    codes: {
      challenge(device) {
        asked.push(device?.serial);
        return '7K3M9QXV';
      },
      redeem(typed) {
        if (typed !== 'AAAA-BBBB-CCCC') throw new PortcullisError('wrongCode', 'This code is not for this computer.');
        return {
          challenge: '7K3M9QXV',
          scope: 'device',
          device: stick.device,
          rights: ['read'],
          until,
          bootId: 'boot',
          endsAtUptime: 1,
        };
      },
    },
    redeemed,
  };

  beforeEach(async () => {
    folder = tempFolder();
    door = doorOf(join(folder.path, 'run'), 'linux');
    asked.length = 0;
    redeemed.mockClear();
    const answer = localAnswers(parts);
    server = await localServer({ door, clock: systemClock, log: pino({ enabled: false }), answer });
  });
  afterEach(async () => {
    await server.stop();
    folder[Symbol.dispose]();
  });

  /** What comes back for raw bytes; empty when the agent hung up. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = connect(door, () => socket.write(bytes));
      socket.on('data', (part) => {
        text += String(part);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
  }

  it('is open to everybody at the computer, in a folder they may enter', () => {
    expect(statSync(door).mode & 0o777).toBe(0o666);
    expect(statSync(join(folder.path, 'run')).mode & 0o005).toBe(0o005);
  });

  it('tells what is connected in plain words, and no more of a serial number than its end', async () => {
    const { devices } = await askAgent(door, { ask: 'devices' });
    expect(devices).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        name: 'Example Stick',
        class: 'usb-storage',
        serialEnd: '9876',
        allowed: ['connect'],
        denied: ['read', 'write', 'execute'],
        wouldBeDenied: [],
        says: 'It may not be read, be written to, start programs (unregistered-media).',
      },
    ]);
    expect(JSON.stringify(devices)).not.toContain('SECRET');
  });

  it('gives a challenge for a device and for the whole computer, in groups of four', async () => {
    const { devices } = await askAgent(door, { ask: 'devices' });
    expect(await askAgent(door, { ask: 'challenge', device: devices[0]?.id ?? '' })).toMatchObject({
      challenge: '7K3M-9QXV',
    });
    await askAgent(door, { ask: 'challenge', device: '*' });
    expect(asked).toEqual(['SECRET-0000-9876', undefined]);
  });

  it('takes a code, and has everything decided anew', async () => {
    expect(await askAgent(door, { ask: 'redeem', code: 'AAAA-BBBB-CCCC' })).toMatchObject({ rights: ['read'], until });
    expect(redeemed).toHaveBeenCalledOnce();
    await expect(askAgent(door, { ask: 'redeem', code: 'nothing' })).rejects.toMatchObject({ code: 'wrongCode' });
    expect(redeemed).toHaveBeenCalledOnce();
  });

  it.each([
    ['no JSON', 'hello\n', 'SyntaxError'],
    ['another request', '{"ask":"stop"}\n', 'invalid'],
    ['a member too many', '{"ask":"devices","all":true}\n', 'invalid'],
    ['a device that is not connected', '{"ask":"challenge","device":"0123456789ab"}\n', 'noSuchDevice'],
  ])('answers %s with a refusal', async (_what, line, code) => {
    expect(JSON.parse(await raw(line))).toMatchObject({ ok: false, code });
  });

  it('hangs up on a line that is too long', async () => {
    expect(await raw('x'.repeat(5000))).toBe('');
    expect(await raw(`{"ask":"devices"${' '.repeat(2000)}}\n`)).toBe('');
  });

  it('answers one line of a connection and no more', async () => {
    expect((await raw('{"ask":"devices"}\n{"ask":"devices"}\n')).trim().split('\n')).toHaveLength(1);
  });

  it('lets nobody ask without end', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => raw('{"ask":"devices"}\n')));
    expect(answers.filter((text) => text.includes('"ok":true'))).toHaveLength(12);
    const more: string[] = [];
    for (let tried = 0; tried < 30; tried++) more.push(await raw('{"ask":"devices"}\n'));
    expect(more.filter((text) => text.includes('tooMuch')).length).toBeGreaterThan(10);
  });

  it('says in a sentence that no agent runs', async () => {
    await server.stop();
    await expect(askAgent(door, { ask: 'devices' })).rejects.toMatchObject({ code: 'agentSilent' });
  });

  it('opens where a killed agent left its door behind', async () => {
    await server.stop();
    writeFileSync(door, '');
    server = await localServer({
      door,
      clock: systemClock,
      log: pino({ enabled: false }),
      answer: localAnswers(parts),
    });
    expect(await askAgent(door, { ask: 'devices' })).toMatchObject({ ok: true });
  });

  it('has a command that lists, shows the challenge, and asks for the code', async () => {
    const said: string[] = [];
    const answers = ['1', 'AAAA-BBBB-CCCC'];
    await codeCommand({
      door,
      json: false,
      print: (text) => said.push(text),
      question: () => Promise.resolve(answers.shift() ?? ''),
    });
    expect(said.join('\n')).toMatch(
      /1 {2}Example Stick, serial number ending 9876\..*\n.*\n.*7K3M-9QXV\n.*may now read/,
    );
  });
});

describe('the place of the door', () => {
  it.each<[Record<string, string>, string]>([
    [{}, '/home/x/run'],
    [{ RUNTIME_DIRECTORY: '/run/portcullis' }, '/run/portcullis'],
    [{ RUNTIME_DIRECTORY: '/run/portcullis', PORTCULLIS_RUN: '/other' }, '/other'],
  ])('with %j is %s', (environment, place) => {
    expect(runFolder('/home/x', environment)).toBe(place);
  });
  it('on Windows is a named pipe', () => {
    expect(doorOf('C:\\anything', 'windows')).toBe('\\\\.\\pipe\\portcullis-agent');
  });
});
