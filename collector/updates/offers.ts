import Type from 'typebox';
import type { Clock } from '#shared/clock.ts';
import { type ReleaseAnswer, releaseArchs, releasePlatforms } from '#shared/protocol/release.ts';
import { exactObject, oneOf } from '#shared/schema.ts';
import { versionPattern } from '#shared/version.ts';
import { places } from '../register/places.ts';
import type { Store } from '../store/tables.ts';
import { isMeant } from './choice.ts';
import { releaseFile } from './releases.ts';
import { noteOffer } from './roll-out-computers.ts';
import { isNews, runningFor } from './roll-outs.ts';

/** What an agent says of itself when it asks for a release. */
export const Asked = exactObject({
  platform: oneOf(releasePlatforms),
  arch: oneOf(releaseArchs),
  version: Type.String({ pattern: versionPattern }),
  /** Whether what started it can start another version. */
  launcher: oneOf(['yes', 'no']),
});
export type Asked = Type.Static<typeof Asked>;

/** What agents are offered, and may fetch. */
export interface Offers {
  offerFor(computerId: string, asked: Asked): Promise<ReleaseAnswer>;
  /** The file of a bundle that is offered to somebody now. */
  file(sha256: string): Promise<string | undefined>;
}

const none: ReleaseAnswer = { offer: null, rollOut: null };
const cannot = 'What started the agent cannot start another version of it: update it by its package.';

/** @param home the collector's folder */
export function releaseOffers(store: Store, clock: Clock, home: string): Offers {
  return {
    async offerFor(computerId, { platform, arch, version, launcher }) {
      const running = await runningFor(store, platform, arch);
      if (!running) return none;
      const groups = (await places(store)).get(computerId)?.groups ?? [];
      const plan = { id: running.id, groups: JSON.parse(running.groups) as string[], percent: running.percent };
      if (!isMeant(plan, { id: computerId, groups })) return none;
      if (!isNews({ version: running.version, rollBack: running.roll_back === 1 }, version)) return none;
      const computer = await store.selectFrom('computers').select('no').where('id', '=', computerId).executeTakeFirst();
      if (!computer) return none;
      const isAble = launcher === 'yes';
      await noteOffer(store, {
        roll_out_id: running.id,
        computer_no: computer.no,
        state: isAble ? 'offered' : 'unsupported',
        reason: isAble ? null : cannot,
        at: clock.now(),
      });
      return isAble ? { offer: { text: running.manifest, signature: running.signature }, rollOut: running.id } : none;
    },
    async file(sha256) {
      const offered = await store
        .selectFrom('roll_outs')
        .innerJoin('releases', 'releases.id', 'roll_outs.release_id')
        .where('state', '=', 'running')
        .where('sha256', '=', sha256)
        .select('sha256')
        .executeTakeFirst();
      return offered && releaseFile(home, offered.sha256);
    },
  };
}
