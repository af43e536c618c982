import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Agent } from 'node:https';
import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import { verifier } from '#shared/identity.ts';
import { ReleaseAnswer, type ReleaseManifest, releasePath } from '#shared/protocol/release.ts';
import { checker } from '#shared/schema.ts';
import type { Identity } from '../identity.ts';
import { requestJson } from '../uplink/request.ts';
import type { Change } from '../watchers/watcher.ts';
import { download } from './download.ts';
import { judgeOffer } from './offer.ts';
import type { Trial } from './trial.ts';
import { unpack } from './unpack.ts';
import { UpdateError } from './update-error.ts';
import type { Versions } from './versions.ts';

export interface UpdaterParts {
  identity: Identity;
  platform: string;
  arch: string;
  version: string;
  https: Agent;
  log: Logger;
  random(): number;
  /** Absent: nothing that could start another version started this one. The collector is told so. */
  taking?: Taking;
}

interface Taking {
  trial: Trial;
  versions: Versions;
  /** Ends this process in order, so that the launcher starts the next version. */
  restart(because: string): void;
}

/** Asks the collector for a newer agent, and takes it. */
export interface Updater {
  /** A session began, or something changed at the collector. @param token of the session */
  heard(token: string): void;
  /** Looks now. Resolves when there is nothing more to do. */
  check(token: string): Promise<void>;
  stop(): void;
}

/** Agents hear of a change in the same moment; they ask within this time. Milliseconds. */
const spread = 10_000;
const everyMilliseconds = 60 * 60_000;
/** Attempts in vain before it is told. */
const patience = 3;

export function updater(parts: UpdaterParts): Updater {
  const { identity, https, log, version, taking } = parts;
  const verify = verifier(identity.collector.key);
  const runs = { organisation: identity.organisation, platform: parts.platform, arch: parts.arch, version };
  let session: string | undefined;
  let busy = false;
  let misses = 0;
  let soon: NodeJS.Timeout | undefined;

  async function check(token: string): Promise<void> {
    const { offer, rollOut } = await ask(token);
    if (offer === null || !taking) return;
    const mark = hash('sha256', JSON.stringify([rollOut, offer]));
    if (taking.trial.isRefused(mark)) return;
    try {
      const manifest = judgeOffer(offer, verify, runs);
      if (manifest.version !== version) await take(manifest, token, mark, taking);
    } catch (error) {
      fail(error, mark, offeredVersion(offer.text), taking.trial);
    }
  }

  async function ask(token: string): Promise<ReleaseAnswer> {
    const url = new URL(releasePath, identity.collector.url);
    const launcher = taking ? 'yes' : 'no';
    url.search = new URLSearchParams({ platform: parts.platform, arch: parts.arch, version, launcher }).toString();
    const { status, body } = await requestJson(url, { agent: https, method: 'GET', token });
    // A collector that knows of no releases offers none.
    if (status !== 200) return { offer: null, rollOut: null };
    return checker(ReleaseAnswer).parse(body, 'The answer to a question for releases');
  }

  async function take(
    manifest: ReleaseManifest,
    token: string,
    mark: string,
    { versions: into, trial, restart }: Taking,
  ): Promise<void> {
    const { sha256 } = manifest;
    log.info({ version: manifest.version }, 'a release is fetched');
    mkdirSync(into.folder, { recursive: true, mode: 0o755 });
    const file = into.of(`${sha256}.part`);
    const url = new URL(`${releasePath}/${sha256}`, identity.collector.url);
    try {
      await download({ url, agent: https, token }, manifest, file);
      await unpack(file, manifest, into.of(manifest.version));
    } finally {
      await rm(file, { force: true });
    }
    trial.begin({ from: version, version: manifest.version, sha256 }, mark);
    into.beginTrial(manifest.version, manifest.reportWithin);
    restart(`update to ${manifest.version}`);
  }

  function fail(error: unknown, mark: string, offered: string, trial: Trial): void {
    log.warn({ code: errorCode(error) }, 'a release was not taken');
    if (!(error instanceof UpdateError)) throw error;
    const { reason, message, retry } = error;
    const change: Change = {
      kind: 'agent.update-failed',
      data: { version: offered, reason, because: message.slice(0, 250) },
    };
    if (retry) misses += 1;
    else trial.refuse(mark, change);
    // A network may have a bad hour: told once, after some of them.
    if (retry && misses === patience) trial.note(change);
  }

  function look(): void {
    const token = session;
    if (busy || token === undefined) return;
    busy = true;
    check(token)
      .catch((error: unknown) => log.warn({ code: errorCode(error) }, 'no release could be asked for'))
      .finally(() => {
        busy = false;
      });
  }

  const regularly = setInterval(look, everyMilliseconds);
  regularly.unref();
  return {
    check,
    heard(token) {
      session = token;
      soon ??= setTimeout(() => {
        soon = undefined;
        look();
      }, spread * parts.random());
      soon.unref();
    },
    stop() {
      session = undefined;
      clearInterval(regularly);
      clearTimeout(soon);
    },
  };
}

/** For people, of an offer that need not be believed. */
function offeredVersion(text: string): string {
  return /"version":"([0-9A-Za-z.-]{1,40})"/.exec(text)?.[1] ?? 'unknown';
}
