import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Seen } from '../../../agent/platform/presence.ts';
import { networkFacts } from '../../../agent/policy/network-facts.ts';
import { presenceKeeper } from '../../../agent/policy/presence-keeper.ts';

const ann: Seen = { person: { name: 'a.staff', groups: ['nursing'] } };
const ben: Seen = { person: { name: 'b.staff' } };

describe('who is at the computer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function watched() {
    const state = { seen: ann, now: 0, looks: 0, turned: 0, wake: (): void => undefined, deaf: false };
    const presence = {
      look() {
        state.looks += 1;
        return state.seen;
      },
      listen(wake: () => void) {
        state.wake = wake;
        return () => {
          state.deaf = true;
        };
      },
    };
    const keeper = presenceKeeper(presence, { monotonic: () => state.now }, () => {
      state.turned += 1;
    });
    return { state, keeper };
  }

  it('is looked for once in a second, however often it is asked', () => {
    const { state, keeper } = watched();
    for (let asked = 0; asked < 5; asked++) expect(keeper.current()).toBe(ann);
    expect(state.looks).toBe(1);
    state.seen = ben;
    state.now = 1000;
    expect(keeper.current()).toBe(ben);
  });

  it('is told when it turns, at a sign and without one, and not otherwise', () => {
    const { state, keeper } = watched();
    keeper.start();
    vi.advanceTimersByTime(60_000);
    state.wake();
    expect(state.turned).toBe(0);
    state.seen = ben;
    state.wake();
    expect(state.turned).toBe(1);
    state.seen = {};
    vi.advanceTimersByTime(5000);
    expect(state.turned).toBe(2);
    keeper.stop();
    state.seen = ann;
    vi.advanceTimersByTime(60_000);
    expect(state).toMatchObject({ turned: 2, deaf: true });
  });

  it('is not looked for at a question while it is watched, and what turned is told within five seconds', () => {
    const { state, keeper } = watched();
    keeper.start();
    state.seen = ben;
    state.now = 2000;
    expect(keeper.current()).toBe(ann);
    expect(state.looks).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(state.turned).toBe(1);
    expect(keeper.current()).toBe(ben);
    keeper.stop();
  });

  it('is unknown where the platform cannot tell', () => {
    const keeper = presenceKeeper({ unsupported: 'Not here.' }, { monotonic: () => 0 }, () => undefined);
    keeper.start();
    expect(keeper.current()).toEqual({});
    keeper.stop();
  });
});

describe('what rules may ask of the network', () => {
  const own = { addresses: ['10.20.0.0/16', '2001:db8::/32'] };
  const card = (...addresses: string[]) => ({ kind: 'physical' as const, addresses });
  const tunnel = (...addresses: string[]) => ({ kind: 'tunnel' as const, addresses });
  const inside = (...addresses: string[]) => ({ kind: 'virtual' as const, addresses });

  it.each([
    ['a card with an address of ours', [card('192.168.1.5', '10.20.3.4')], true, false],
    ['a card with an address of ours of the other kind', [card('2001:db8::7')], true, false],
    ['home, with the VPN', [card('192.168.1.5'), tunnel('10.20.9.9')], false, true],
    ['home, with another VPN', [card('192.168.1.5'), tunnel('10.8.0.2')], false, false],
    ['a network inside the computer', [inside('10.20.0.1')], false, false],
    ['no connection', [], false, false],
    ['an address with a zone', [card('fe80::1%eth0')], false, false],
  ])('%s', (_what, links, onNetwork, vpn) => {
    expect(networkFacts(own, { links, searchDomains: [] })).toEqual({ onNetwork, vpn });
  });

  it('asks for the search domain, where the policy names one', () => {
    const named = { ...own, searchDomains: ['Ward.example'] };
    const links = [card('10.20.3.4')];
    expect(networkFacts(named, { links, searchDomains: ['ward.example'] })).toMatchObject({ onNetwork: true });
    expect(networkFacts(named, { links, searchDomains: [] })).toMatchObject({ onNetwork: false });
  });

  it('is unknown without a word on which network is ours, or where the system does not tell', () => {
    expect(networkFacts(undefined, { links: [], searchDomains: [] })).toBeUndefined();
    expect(networkFacts(own, undefined)).toBeUndefined();
  });
});
