import { describe, expect, it } from 'vitest';
import { passwordFaults } from '../../../collector/accounts/password-rules.ts';

const account = { username: 'pat.analyst', displayName: 'Pat Analyst' };

describe('a new password', () => {
  it.each(['purple anchor walnut', 'correct horse battery staple', 'x7#kQ!29mmZw', 'Ich bin zwölf Zeichen'])(
    'may be %j',
    (password) => expect(passwordFaults(password, account)).toEqual([]),
  );

  it.each([
    ['short', /at least 12 characters/],
    ['elevenchars', /at least 12 characters/],
    ['x'.repeat(300), /no more than 256/],
    ['aaaaaaaaaaaaaaaa', /different characters/],
    ['abababababababab', /different characters/],
    ['my PAT.Analyst 99 key', /user name/],
    ['p@t analyst forever', /user name/],
    ['Password123456', /less common/],
    ['P@$$w0rd12345', /less common/],
    ['letmein-please', /less common/],
    ['123456789012', /less common/],
  ])('may not be %j', (password, says) => {
    expect(passwordFaults(password, account).join(' ')).toMatch(says);
  });

  it('is told every fault at once, each with its mend', () => {
    const faults = passwordFaults('pat.analyst', account);
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatch(/^(Use|Leave|Choose) .+\.$/);
  });
});
