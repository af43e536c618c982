import { hash } from 'node:crypto';
import Type from 'typebox';
import { PortcullisError } from '../errors.ts';
import { conditionNames } from '../events/agent.ts';
import { ChallengeText } from '../policy/code.ts';
import { Standing } from '../policy/standing.ts';
import { Base64Url, Count, checker, exactObject, oneOf, Sequence, Sha256Hex, Text, Time, Uuid } from '../schema.ts';

/**
 * The whole wire protocol between agent and collector, version 1.
 *
 *     collector                         agent
 *     challenge      ─────────────────▶
 *                    ◀─────────────────  hello        signs the challenge
 *     welcome        ─────────────────▶               says what is stored and which policy holds
 *                    ◀─────────────────  batch        header line, then one event a line; head signed
 *     ack            ─────────────────▶               only after the commit
 *                    ◀─────────────────  status       at each heartbeat: backlog, conditions
 *     nudge          ─────────────────▶               "policy 42 exists", "standing 7 exists"; fetched by HTTPS
 *     refusal        ─────────────────▶               typed; the socket closes after it
 */
export const protocolVersion = 1;
export const subprotocol = 'portcullis.agent.v1';
export const paths = {
  socket: '/agent/v1/socket',
  enrol: '/agent/v1/enrol',
  policy: '/agent/v1/policy',
  standing: '/agent/v1/standing',
} as const;

/** Bounds both sides keep. An agent obeys them; a collector enforces them. Bytes are of UTF-8 text. */
export const limits = {
  lineBytes: 64 * 1024,
  batchBytes: 1024 * 1024,
  batchLines: 1000,
  /** Batches an agent may have sent and not yet had acknowledged. */
  batchesInFlight: 4,
  helloMilliseconds: 10_000,
  heartbeatMilliseconds: 30_000,
} as const;

/** Purposes of signatures; see shared/identity.ts. */
export const signingContexts = {
  hello: 'portcullis.hello.v1',
  batch: 'portcullis.batch.v1',
  policy: 'portcullis.policy.v1',
  standing: 'portcullis.standing.v1',
} as const;

/** Where a chain stands: the last event's number (0 before the first) and its link. */
const Head = exactObject({ seq: Count, link: Sha256Hex });
export type Head = Type.Static<typeof Head>;

const Challenge = exactObject({
  type: Type.Literal('challenge'),
  protocol: Count,
  nonce: Base64Url,
  /** The collector's clock, so that an agent can tell that its own is wrong. */
  at: Time,
});

const Hello = exactObject({
  type: Type.Literal('hello'),
  protocol: Count,
  computerId: Uuid,
  version: Text,
  /** Random, new at each start of the agent: tells a reconnect from a second computer. */
  instance: Uuid,
  /** Newest event the collector is known to have stored, by the agent's own record. */
  stored: Head,
  signature: Base64Url,
});

const PolicyNotice = exactObject({ version: Count, sha256: Sha256Hex });
export type PolicyNotice = Type.Static<typeof PolicyNotice>;
/** The version grows with every change of the register, the approvals and the codes, for all computers together. */
const StandingNotice = exactObject({ version: Count, sha256: Type.Optional(Sha256Hex) });
export type StandingNotice = Type.Static<typeof StandingNotice>;

const Welcome = exactObject({
  type: Type.Literal('welcome'),
  stored: Head,
  policy: PolicyNotice,
  /** Absent from a collector that keeps no register. */
  standing: Type.Optional(StandingNotice),
  /** Bearer of this session's HTTPS requests; dies with the socket. */
  token: Base64Url,
});

/** Numbers an agent declares as gone, both ends included. */
const Gap = exactObject({ from: Sequence, to: Sequence });
export type Gap = Type.Static<typeof Gap>;

/**
 * Header line of a batch frame. `after` is where the chain stood before it, `head` where it stands after its last
 * line. Where numbers are missing in between, a gap line stands in their place and `gaps` names them; the signature
 * covers all three, so that nobody else can make a gap of an event.
 */
const BatchHeader = exactObject({
  type: Type.Literal('batch'),
  after: Head,
  head: Head,
  lines: Type.Integer({ minimum: 1, maximum: limits.batchLines }),
  gaps: Type.Optional(Type.Array(Gap, { minItems: 1, maxItems: limits.batchLines })),
  signature: Base64Url,
});
export type BatchHeader = Type.Static<typeof BatchHeader>;

/** Stands in a batch where events are gone: `link` is where the chain stood after number `to`. */
const GapLine = exactObject({ gap: exactObject({ from: Sequence, to: Sequence, link: Sha256Hex }) });
export type GapLine = Type.Static<typeof GapLine>;

const Ack = exactObject({ type: Type.Literal('ack'), seq: Sequence });

const Status = exactObject({
  type: Type.Literal('status'),
  policyVersion: Count,
  spool: exactObject({ events: Count, bytes: Count, oldest: Type.Optional(Time) }),
  conditions: Type.Array(oneOf(conditionNames), { maxItems: 16 }),
});
export type Status = Type.Static<typeof Status>;

const Nudge = exactObject({
  type: Type.Literal('nudge'),
  policy: Type.Optional(PolicyNotice),
  standing: Type.Optional(StandingNotice),
});

/** Close code of an agent that cannot go on with this connection; the reason is the code of its error. */
export const agentGaveUp = 4001;

/** Every way a collector says no. `retry` says whether the same agent, unchanged, may try again. */
export const refusals = {
  clientTooOld: { retry: false, says: 'This agent speaks an older protocol than the collector. Update the agent.' },
  collectorTooOld: {
    retry: true,
    says: 'This agent speaks a newer protocol than the collector. Update the collector.',
  },
  notEnrolled: { retry: false, says: 'No computer with this identity is enrolled. Enrol it with a new token.' },
  revoked: { retry: false, says: 'This computer was retired. Enrol it again with a new token if that was a mistake.' },
  badSignature: { retry: false, says: 'A signature does not verify with the key this computer enrolled.' },
  clonedIdentity: {
    retry: false,
    says: 'Another computer uses the same identity. Enrol one of the two again with a new token.',
  },
  malformed: { retry: false, says: 'A frame does not fit the protocol. Update the agent.' },
  unknownKind: { retry: false, says: 'An event is of a kind this collector does not know. Update the collector.' },
  tooLarge: { retry: false, says: 'A frame or a line is larger than the limit.' },
  tooMuch: { retry: true, says: 'More was sent than the limit allows. Wait, then go on.' },
  brokenChain: { retry: false, says: 'A batch does not follow from what is stored for this computer.' },
  tooSlow: { retry: true, says: 'The connection did not identify itself in time.' },
  replaced: { retry: false, says: 'A newer connection of the same agent took over.' },
  unavailable: { retry: true, says: 'The collector cannot store events at the moment.' },
} as const;
export type RefusalCode = keyof typeof refusals;
const refusalCodes = Object.keys(refusals) as RefusalCode[];

const Refusal = exactObject({
  type: Type.Literal('refusal'),
  code: oneOf(refusalCodes),
  says: Type.String({ maxLength: 500 }),
  retry: Type.Boolean(),
  /** Wait at least this long, in milliseconds. */
  after: Type.Optional(Count),
});
export type Refusal = Type.Static<typeof Refusal>;

/** A refusal as an error, on either side. `detail` is added to the standing sentence and must hold no personal data. */
export class RefusalError extends PortcullisError {
  readonly refusal: Refusal;

  constructor(code: RefusalCode, detail?: string, after?: number) {
    const { retry, says } = refusals[code];
    const sentence = detail === undefined ? says : `${says} ${detail}`;
    super(code, sentence, { retry });
    this.refusal = {
      type: 'refusal',
      code,
      says: sentence.slice(0, 500),
      retry,
      ...(after === undefined ? {} : { after }),
    };
  }
}

export type Challenge = Type.Static<typeof Challenge>;
export type Hello = Type.Static<typeof Hello>;
export type Welcome = Type.Static<typeof Welcome>;
export type Ack = Type.Static<typeof Ack>;
export type Nudge = Type.Static<typeof Nudge>;
/** Everything a collector sends. */
export type CollectorMessage = Challenge | Welcome | Ack | Nudge | Refusal;

/** Compiled checks for the side that needs them; call once at start. */
export function agentMessageCheckers() {
  return { hello: checker(Hello), header: checker(BatchHeader), gap: checker(GapLine), status: checker(Status) };
}
export function collectorMessageCheckers() {
  return {
    challenge: checker(Challenge),
    welcome: checker(Welcome),
    ack: checker(Ack),
    nudge: checker(Nudge),
    refusal: checker(Refusal),
  };
}

/** What a hello signs: bound to this challenge, this collector and what the agent claims to have stored. */
export function helloText(nonce: string, collectorKey: string, hello: Omit<Hello, 'signature'>): string {
  const { computerId, version, instance, stored } = hello;
  return [nonce, collectorKey, hello.protocol, computerId, version, instance, stored.seq, stored.link].join('\n');
}

/** What a batch's signature covers. */
export function batchText(computerId: string, after: Head, head: Head, gaps: readonly Gap[] = []): string {
  const lost = gaps.map(({ from, to }) => `${from}-${to}`).join(',');
  return [computerId, after.seq, after.link, head.seq, head.link, lost].join('\n');
}

/** A batch's header as evidence to be kept: with the computer's key it proves where the chain stood. */
export type SignedHead = Pick<BatchHeader, 'after' | 'head' | 'gaps' | 'signature'>;

/** A published policy as it travels and as it lies on the agent's disk: exact text and signature. */
export const SignedPolicy = exactObject({
  version: Count,
  organisation: Text,
  publishedAt: Time,
  /** After this the agent raises `policy-expired`, and goes on with it. */
  expiresAt: Type.Optional(Time),
  /** YAML, exactly as published. */
  text: Type.String({ maxLength: 1024 * 1024 }),
  signature: Base64Url,
});
export type SignedPolicy = Type.Static<typeof SignedPolicy>;

/**
 * How things stand for one computer: the register, the approvals and the cancelled codes, as they travel and as they
 * lie on the agent's disk.
 */
export const SignedStanding = exactObject({
  version: Count,
  computerId: Uuid,
  issuedAt: Time,
  /** JSON of StandingText, exactly as signed. */
  text: Type.String({ maxLength: 32 * 1024 * 1024 }),
  signature: Base64Url,
});
export type SignedStanding = Type.Static<typeof SignedStanding>;

export const StandingText = exactObject({
  standing: Standing,
  /** Challenges whose codes hold no more, or never may. */
  cancelled: Type.Array(ChallengeText, { maxItems: 1000 }),
});
export type StandingText = Type.Static<typeof StandingText>;

/** What a standing's signature covers. */
export function standingText(signed: Omit<SignedStanding, 'signature'>): string {
  return JSON.stringify([signed.version, signed.computerId, signed.issuedAt, signed.text]);
}

/** Body of `POST /agent/v1/enrol`. */
export const EnrolRequest = exactObject({
  token: Type.String({ minLength: 16, maxLength: 200 }),
  publicKey: Base64Url,
  hostname: Text,
  version: Text,
});
export type EnrolRequest = Type.Static<typeof EnrolRequest>;

export const EnrolResponse = exactObject({
  computerId: Uuid,
  organisation: Text,
  /** Ed25519 key that signs policies; also names the collector in every hello. */
  collectorKey: Base64Url,
  /** Shared secret of this computer and the collector, for one-time codes; 32 bytes. */
  codeSecret: Base64Url,
  /** The policy in force, so that the first device is decided by it and not by none. */
  policy: SignedPolicy,
});
export type EnrolResponse = Type.Static<typeof EnrolResponse>;

/** What a policy's signature covers. */
export function policyText(policy: Omit<SignedPolicy, 'signature'>): string {
  return JSON.stringify([
    policy.version,
    policy.organisation,
    policy.publishedAt,
    policy.expiresAt ?? null,
    policy.text,
  ]);
}

/** How a notice names a policy. */
export function policySha256(policy: Omit<SignedPolicy, 'signature'>): string {
  return hash('sha256', policyText(policy), 'hex');
}

/**
 * An enrolment code carries the one-time token and the SHA-256 of the collector's certificate, so that the agent
 * knows whom it speaks to before it says anything: `pc1.TOKEN.FINGERPRINT`.
 */
export function enrolmentCode(token: string, fingerprint: string): string {
  return `pc1.${token}.${fingerprint}`;
}

/** @throws PortcullisError `badEnrolmentCode` when the text is no enrolment code */
export function parseEnrolmentCode(code: string): { token: string; fingerprint: string } {
  const match = /^pc1\.([A-Za-z0-9_-]{16,200})\.([0-9a-f]{64})$/.exec(code.trim());
  const [, token, fingerprint] = match ?? [];
  if (token === undefined || fingerprint === undefined) {
    throw new PortcullisError(
      'badEnrolmentCode',
      'This is not an enrolment code. It looks like pc1.….… and comes from "portcullis-collector token create".',
    );
  }
  return { token, fingerprint };
}
