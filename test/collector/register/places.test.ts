import { describe, expect, it } from 'vitest';
import { newKeyPair, signer } from '#shared/identity.ts';
import { StandingText } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { standingSource } from '../../../collector/policies/standing.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { placeComputer } from '../../../collector/register/places.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const doing = { by: 'analyst', now };
const code = (word: string) => expect.objectContaining({ code: word });

async function estate() {
  const test = await testStore();
  const add = (hostname: string, publicKey: string) =>
    test.store.transaction().execute((tx) => addComputer(tx, { publicKey, hostname, version: '0.1.0', now }));
  const ids = [await add('LT-1', 'a'), await add('LT-2', 'b'), await add('LT-2', 'c')] as const;
  const source = standingSource(test.store, signer(newKeyPair().privateKeyPem), { now: () => now, monotonic: () => 0 });
  const told = async (id: string) => {
    const { text } = await source.of(id);
    return checker(StandingText).parse(JSON.parse(text), 'The standing').standing.computer;
  };
  return { ...test, ids, told, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

describe('where a computer belongs', () => {
  it('is told to that computer alone, with a new standing', async () => {
    await using test = await estate();
    expect(await test.told(test.ids[0])).toBeUndefined();
    const placed = await placeComputer(test.store, 'LT-1', { site: 'North', groups: ['nursing', 'nursing'] }, doing);
    expect(placed).toEqual({ id: test.ids[0], hostname: 'LT-1', site: 'North', groups: ['nursing'] });
    expect(await standingVersion(test.store)).toBe(2);
    expect(await test.told(test.ids[0])).toEqual({ site: 'North', groups: ['nursing'] });
    expect(await test.told(test.ids[1])).toBeUndefined();
  });

  it('keeps what is not given, and loses what is given as nothing', async () => {
    await using test = await estate();
    await placeComputer(test.store, 'LT-1', { site: 'North', groups: ['nursing'] }, doing);
    expect(await placeComputer(test.store, 'LT-1', { groups: [] }, doing)).toMatchObject({ site: 'North', groups: [] });
    expect(await placeComputer(test.store, 'LT-1', { site: '' }, doing)).not.toHaveProperty('site');
  });

  it.each([
    ['nobody', { site: 'North' }, 'noSuchComputer'],
    ['LT-2', { site: 'North' }, 'ambiguous'],
    ['LT-1', { site: ' North' }, 'invalid'],
    ['LT-1', { groups: [''] }, 'invalid'],
    ['LT-1', { groups: ['\u202E'] }, 'invalid'],
    ['LT-1', { groups: Array.from({ length: 257 }, (_, index) => `g${index}`) }, 'invalid'],
  ])('is refused for %s with %j', async (reference, place, word) => {
    await using test = await estate();
    await expect(placeComputer(test.store, reference, place, doing)).rejects.toEqual(code(word));
    expect(await standingVersion(test.store)).toBe(1);
  });
});
