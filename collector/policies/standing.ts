import { type Clock, isoTime } from '#shared/clock.ts';
import type { Signer } from '#shared/identity.ts';
import type { Approval, RegisterEntry, TitleStanding } from '#shared/policy/standing.ts';
import { type SignedStanding, type StandingText, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { approvalsInForce } from '../approvals/approvals.ts';
import { cancelledCodes } from '../approvals/codes.ts';
import { registerEntries } from '../register/media.ts';
import { type Place, places } from '../register/places.ts';
import { titleStandings } from '../register/software-standing.ts';
import type { Store } from '../store/tables.ts';
import { standingVersion } from './standing-version.ts';

/** Hands each computer how things stand for it: register, approvals, decided titles and cancelled codes, signed. */
export interface StandingSource {
  of(computerId: string): Promise<SignedStanding>;
}

interface Everything {
  version: number;
  register: RegisterEntry[];
  approvals: Approval[];
  software: TitleStanding[];
  cancelled: { computerId: string; challenge: string }[];
  places: ReadonlyMap<string, Place>;
}

/** Reads the tables once for each version, however many agents ask at the same time. */
export function standingSource(store: Store, signer: Signer, clock: Clock): StandingSource {
  let read: { version: number; everything: Promise<Everything> } | undefined;

  function at(version: number): Promise<Everything> {
    if (read?.version !== version) read = { version, everything: everythingAt(store, version, clock.now()) };
    return read.everything;
  }

  return {
    async of(computerId) {
      // A read that failed is not kept: the next agent that asks starts over.
      const everything = await at(await standingVersion(store)).catch((error: unknown) => {
        read = undefined;
        throw error;
      });
      return signStanding(signer, computerId, everything, clock.now());
    },
  };
}

/** What is read may be newer than the version, which was read first; then a newer version follows, and is fetched. */
async function everythingAt(store: Store, version: number, now: number): Promise<Everything> {
  return {
    version,
    register: await registerEntries(store),
    approvals: await approvalsInForce(store, now),
    software: await titleStandings(store),
    cancelled: await cancelledCodes(store, now),
    places: await places(store),
  };
}

function signStanding(signer: Signer, computerId: string, all: Everything, now: number): SignedStanding {
  const computer = all.places.get(computerId);
  const document: StandingText = {
    standing: {
      register: all.register,
      approvals: all.approvals.filter((approval) => (approval.computerId ?? computerId) === computerId),
      software: all.software,
      // What was typed in at a computer only that computer knows at once.
      codes: [],
      ...(computer && { computer }),
    },
    cancelled: all.cancelled.filter((code) => code.computerId === computerId).map(({ challenge }) => challenge),
  };
  const unsigned = { version: all.version, computerId, issuedAt: isoTime(now), text: JSON.stringify(document) };
  return { ...unsigned, signature: signer.sign(signingContexts.standing, standingText(unsigned)) };
}
