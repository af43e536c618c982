import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventKind, EventOf } from '#shared/events/kinds.ts';
import { titleId } from '../../collector/register/software-seen.ts';
import { fillIn, signInAt } from '../fakes/console-visitor.ts';
import { debianPackage, whyNoPackages } from '../fakes/debian-package.ts';
import { freePort } from '../fakes/free-port.ts';
import { patient, type Site, setUpMilliseconds, site } from './site.ts';

/*
 * What is decided of a title in the console reaches an agent that runs as a process of its own, and decides there: of
 * the next installation of a real package, and of one that is installed already.
 */
const why = whyNoPackages();
const port = await freePort();
const url = `https://localhost:${port}`;
const username = 'harriet';

type Judged = 'software.installed' | 'software.decided';

describe.skipIf(why !== '')(`the standing of a title${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const work = mkdtempSync(join(tmpdir(), 'portcullis-software-'));
  const run = randomBytes(4).toString('hex');
  /** There before the agent, and so part of the computer's build. */
  const old = debianPackage(`test-build-${run}`, work);
  const late = debianPackage(`test-late-${run}`, work);
  let here: Site;
  let cookie = '';

  beforeAll(async () => {
    old.install();
    here = await site({ port });
    const role = ['--name', 'Head', '--role', 'head-of-business-and-governance'];
    const made = await here.type('collector', 'account', 'create', username, ...role, '--json');
    const { password: current } = JSON.parse(made) as { password: string };
    const password = randomBytes(12).toString('base64url');
    const first = await signInAt(url, username, current);
    expect((await fillIn(`${url}/change-password`, first, { current, password })).status).toBe(303);
    cookie = await signInAt(url, username, password);
    await vi.waitFor(async () => expect(await titleIsKnown(old.name)).toBe(true), patient);
  }, setUpMilliseconds);

  afterAll(async () => {
    for (const one of [old, late]) one.purge();
    await here?.[Symbol.asyncDispose]();
    rmSync(work, { recursive: true, force: true });
  }, setUpMilliseconds);

  const pageOf = (name: string) => `${url}/software/${titleId({ source: 'dpkg', name })}`;

  async function titleIsKnown(name: string): Promise<boolean> {
    const listed = await here.events('software.listed');
    return listed.some(({ data }) => data.software.some((one) => one.name === name));
  }

  /** As the Head of Business and Governance does it. */
  async function decide(name: string, standing: 'approved' | 'disallowed'): Promise<void> {
    expect((await fillIn(pageOf(name), cookie, { standing })).status).toBe(303);
  }

  async function told<K extends Judged>(kind: K, name: string): Promise<EventOf<K>['data'][]> {
    const events = (await here.events(kind as EventKind)) as EventOf<K>[];
    return events.map(({ data }) => data).filter(({ software }) => software.name === name);
  }

  /** Waits until as many were told. @returns why each was judged as it was */
  async function reasons(kind: Judged, name: string, count: number): Promise<(string | undefined)[]> {
    return vi.waitFor(async () => {
      const all = await told(kind, name);
      expect(all.length).toBeGreaterThanOrEqual(count);
      return all.map(({ because }) => because);
    }, patient);
  }

  const alertsBy = async (rule: string) => (await here.alerts()).filter((alert) => alert.rule === rule);
  const standingFile = () => join(here.home, 'agent', 'standing.json');
  const agentHas = (word: string) =>
    vi.waitFor(() => {
      const text = existsSync(standingFile()) ? readFileSync(standingFile(), 'utf8') : '';
      expect(text).toContain(word);
    }, patient);

  it('disallowed is told of what is installed, with the alert of an installation, once', async () => {
    await decide(old.name, 'disallowed');
    expect(await reasons('software.decided', old.name, 1)).toEqual(['disallowed']);
    await vi.waitFor(async () => expect(await alertsBy('software-disallowed')).toHaveLength(1), patient);
    const [alert] = await alertsBy('software-disallowed');
    expect(alert).toMatchObject({ severity: 'high', clause: 'focus 4.3', count: 1, state: 'open' });
    expect(await told('software.installed', old.name)).toEqual([]);
    const { body } = await fillIn(pageOf(old.name), cookie, { standing: 'tolerated' });
    expect(body).toContain('1 computer still has it. It reports so.');
  });

  it('decided while the agent is away is told when it is back, and not again after it was killed', async () => {
    await decide(old.name, 'approved');
    expect(await reasons('software.decided', old.name, 2)).toEqual(['disallowed', 'register']);
    await here.stop('agent');
    await decide(old.name, 'disallowed');
    here.start('agent');
    expect(await reasons('software.decided', old.name, 3)).toEqual(['disallowed', 'register', 'disallowed']);
    await here.kill('agent');
    here.start('agent');
    await vi.waitFor(async () => expect(await here.events('agent.started')).toHaveLength(3), patient);
    late.install();
    // A later look of the agent, so that it could have told more of the other title by now.
    expect(await reasons('software.installed', late.name, 1)).toEqual(['list']);
    expect(await told('software.decided', old.name)).toHaveLength(3);
    expect(await alertsBy('software-disallowed')).toMatchObject([{ count: 2 }]);
  });

  it('decides the next installation', async () => {
    late.purge();
    await vi.waitFor(async () => expect(await here.events('software.removed')).not.toEqual([]), patient);
    const before = (await alertsBy('software-unapproved')).length;
    await decide(late.name, 'disallowed');
    await agentHas(late.name);
    late.install();
    expect(await reasons('software.installed', late.name, 2)).toEqual(['list', 'disallowed']);
    await vi.waitFor(async () => expect(await alertsBy('software-disallowed')).toHaveLength(2), patient);
    expect(await alertsBy('software-unapproved')).toHaveLength(before);
    await decide(late.name, 'approved');
    expect(await reasons('software.decided', late.name, 1)).toEqual(['register']);
    late.purge();
    await vi.waitFor(async () => expect(await here.events('software.removed')).toHaveLength(2), patient);
    late.install();
    expect(await reasons('software.installed', late.name, 3)).toEqual(['list', 'disallowed', 'register']);
    expect(await alertsBy('software-disallowed')).toHaveLength(2);
  });
});
