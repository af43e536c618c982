import fc from 'fast-check';
import { expect, it } from 'vitest';
import { throttle } from '../../../collector/gateway/throttle.ts';

const allowance = { eventsPerSecond: 100, burst: 500 };

it('lets a burst through and then asks to wait for what is owed', () => {
  const { take } = throttle(allowance);
  expect(take(500, 0)).toBe(0);
  expect(take(100, 0)).toBe(1000);
  expect(take(0, 1000)).toBe(0);
  expect(take(50, 1000)).toBe(500);
});

it('saves up no more than a burst over a quiet time', () => {
  const { take } = throttle(allowance);
  take(1, 0);
  expect(take(500, 1e9)).toBe(0);
  expect(take(1, 1e9)).toBe(10);
});

it('never lets more through in the long run than is allowed, to one who waits as told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ events: fc.integer({ min: 1, max: 1000 }), idle: fc.nat(2000) }), { minLength: 1 }),
      (sends) => {
        const { take } = throttle(allowance);
        let now = 0;
        let total = 0;
        let largest = 0;
        for (const { events, idle } of sends) {
          now += idle;
          total += events;
          largest = Math.max(largest, events);
          now += take(events, now);
          expect(total).toBeLessThanOrEqual(allowance.burst + (now * allowance.eventsPerSecond) / 1000 + 1e-6);
        }
      },
    ),
  );
});
