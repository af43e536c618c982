import { describe, expect, it } from 'vitest';
import { signInThrottle } from '../../../collector/accounts/sign-in-throttle.ts';
import { testClock } from '../console/site.ts';

const minutes = 60_000;

describe('the throttle of the sign-in', () => {
  it('counts failures, so that any number of people may come in from one address', () => {
    const throttle = signInThrottle(testClock());
    for (let person = 0; person < 100; person += 1) {
      expect(throttle.take('192.0.2.1')).toBe(true);
      throttle.giveBack('192.0.2.1');
    }
  });

  it('stops the eleventh failure in five minutes, of that address only, and not for ever', () => {
    const clock = testClock();
    const throttle = signInThrottle(clock);
    for (let failure = 0; failure < 10; failure += 1) expect(throttle.take('192.0.2.1')).toBe(true);
    expect(throttle.take('192.0.2.1')).toBe(false);
    expect(throttle.take('192.0.2.2')).toBe(true);
    clock.advance(5 * minutes);
    expect(throttle.take('192.0.2.1')).toBe(true);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', true],
    ['2001:db8::1', '2001:db8:0:0:ffff::', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('counts %s and %s together: %s', (one, other, together) => {
    const throttle = signInThrottle(testClock());
    for (let failure = 0; failure < 10; failure += 1) throttle.take(one);
    expect(throttle.take(other)).toBe(!together);
  });

  it('remembers a bounded number of addresses', () => {
    const throttle = signInThrottle(testClock(), { failures: 1, milliseconds: minutes, addresses: 3 });
    for (const address of ['a', 'b', 'c', 'd']) expect(throttle.take(address)).toBe(true);
    expect(throttle.take('d')).toBe(false);
    expect(throttle.take('a')).toBe(true);
  });
});
