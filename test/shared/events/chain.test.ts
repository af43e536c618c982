import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstLink, type Link, lineHash, nextLink } from '#shared/events/chain.ts';

const follow = (start: Link, lines: string[]): Link =>
  lines.reduce((link, line) => nextLink(link, lineHash(line)), start);
const lines = fc.array(fc.string({ maxLength: 50 }), { minLength: 1, maxLength: 20 });

it('begins differently for every key, and always the same for one', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(firstLink(one).equals(firstLink(other))).toBe(one === other);
    }),
  );
});

it('ends elsewhere whichever line is changed, removed, added or moved', () => {
  fc.assert(
    fc.property(lines, fc.nat(), fc.string(), (all, where, other) => {
      const at = where % all.length;
      const end = follow(firstLink('key'), all);
      const line = all[at] ?? '';
      const differs = (changed: string[]) => expect(follow(firstLink('key'), changed).equals(end)).toBe(false);
      if (other !== line) differs(all.with(at, other));
      differs(all.toSpliced(at, 1));
      differs(all.toSpliced(at, 0, other));
      const next = all[at + 1];
      if (next !== undefined && next !== line) differs(all.with(at, next).with(at + 1, line));
    }),
  );
});

it('can be followed on from any place with the hashes of the lines alone', () => {
  fc.assert(
    fc.property(lines, fc.nat(), (all, where) => {
      const at = where % all.length;
      const middle = follow(firstLink('key'), all.slice(0, at));
      const end = all.slice(at).map(lineHash).reduce<Link>(nextLink, middle);
      expect(end.equals(follow(firstLink('key'), all))).toBe(true);
    }),
  );
});
