import { describe, expect, it } from 'vitest';
import { eventCheckers, kindDefinition, kindNames } from '#shared/events/kinds.ts';

const envelope = { seq: 1, at: '2026-11-21T20:15:00.000Z', bootId: 'boot', uptimeMs: 5 };

describe('every kind of event', () => {
  const checkers = eventCheckers();

  it.each(kindNames)('%s accepts its own example', (kind) => {
    const event = { ...envelope, kind, data: kindDefinition(kind).example };
    expect(() => checkers(kind).parse(event, 'event')).not.toThrow();
  });

  it.each(kindNames)('%s refuses a member it does not know', (kind) => {
    const data = { ...(kindDefinition(kind).example as object), surprise: true };
    expect(checkers(kind).check({ ...envelope, kind, data })).toBe(false);
  });

  it.each(kindNames)('%s says in a sentence what it means', (kind) => {
    expect(kindDefinition(kind).description).toMatch(/^[A-Z].{20,}\.$/);
  });
});
