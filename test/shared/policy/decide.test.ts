import { describe, expect, it } from 'vitest';
import { decide } from '#shared/policy/decide.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { caseOf, letters, policyWith, standingOf } from './cases.ts';

/**
 * A table of decisions. Each line: the facts, the rights that come out (`crwx`, `-` is denied), and who decided about
 * reading. Without a rule, storage may be connected and no more: `c---`.
 */
function table(name: string, policy: Policy, lines: string, standing: Standing | null = null): void {
  const rows = lines
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => line.split('|').map((part) => part.trim()));
  describe(name, () => {
    it.each(rows)('%s → %s by %s', (facts, rights, by) => {
      const { facts: given, now } = caseOf(facts ?? '');
      const decision = decide({ policy, version: 3 }, given, standing, now);
      expect([letters(decision.rights), decision.decidedBy?.read]).toEqual([rights, by]);
      expect(decision.tier).not.toBe('failed');
    });
  });
}
const one = (when: string, rights = '{ all: allow }', more = '') =>
  `[{ id: it, when: ${when}, rights: ${rights} ${more} }]`;

table(
  'without rules the default of the class decides',
  policyWith('[]'),
  `
  stick        | c--- | default-usb-storage
  disk         | c--- | default-external-disk
  disc         | cr-- | default-optical
  card         | c--- | default-memory-card
  phone        | c--- | default-phone
  camera       | c--- | default-camera
  headset      | cr-- | default-audio
  printer      | crwx | default-printer
  keyboard     | crwx | safety-floor
  hub          | crwx | safety-floor
  reader       | crwx | safety-floor
  rubberducky  | c--- | default-usb-storage
`,
);

table(
  'a rule that names the class',
  policyWith(one('{ device: { class: [usb-storage, memory-card] } }')),
  `
  stick | crwx | it
  card  | crwx | it
  disk  | c--- | default-external-disk
  phone | c--- | default-phone
`,
);

table(
  'an empty condition matches everything',
  policyWith(one('{}', '{ write: allow }')),
  `
  stick    | c-w- | default-usb-storage
  printer  | crwx | default-printer
  keyboard | crwx | safety-floor
`,
);

table(
  'vendor and product identifiers',
  policyWith(one('{ device: { vendorId: "0781", productId: ["5581", "5583"] } }')),
  `
  stick vid=0781 pid=5581 | crwx | it
  stick vid=0781 pid=5583 | crwx | it
  stick vid=0781 pid=5582 | c--- | default-usb-storage
  stick vid=0951 pid=5581 | c--- | default-usb-storage
  stick vid=0781          | c--- | default-usb-storage
  stick                   | c--- | default-usb-storage
`,
);

table(
  'a serial number, in either case',
  policyWith(one('{ device: { serial: [EX1, "Q*9"] } }')),
  `
  stick serial=EX1                  | crwx | it
  stick serial=ex1                  | crwx | it
  stick serial=q99                  | crwx | it
  stick serial=Q8                   | c--- | default-usb-storage
  stick serial=EX11                 | c--- | default-usb-storage
  stick serial=EX1 trust=generated  | c--- | default-usb-storage
  stick serial=EX1 trust=blank      | c--- | default-usb-storage
  stick serial=EX1 trust=shared     | c--- | default-usb-storage
  stick                             | c--- | default-usb-storage
`,
);

table(
  'a serial number the rule trusts by name',
  policyWith(one('{ device: { serial: EX1, serialTrust: [device, shared] } }')),
  `
  stick serial=EX1                  | crwx | it
  stick serial=EX1 trust=shared     | crwx | it
  stick serial=EX1 trust=generated  | c--- | default-usb-storage
`,
);

table(
  'not a serial number says nothing of a device without one',
  policyWith(one('{ not: { device: { serial: EX1 } } }')),
  `
  stick serial=EX2                  | crwx | it
  stick serial=EX1                  | c--- | default-usb-storage
  stick                             | c--- | default-usb-storage
  stick serial=EX2 trust=generated  | c--- | default-usb-storage
`,
);

table(
  'ranges of serial numbers',
  policyWith(one('{ device: { serial: [{ from: EX0010, to: EX0250 }, { from: 7FA0, to: 7FBF }] } }')),
  `
  stick serial=EX0010  | crwx | it
  stick serial=ex0249  | crwx | it
  stick serial=EX0250  | crwx | it
  stick serial=EX0251  | c--- | default-usb-storage
  stick serial=EX0009  | c--- | default-usb-storage
  stick serial=EX10    | c--- | default-usb-storage
  stick serial=EX01:0  | c--- | default-usb-storage
  stick serial=EX00100 | c--- | default-usb-storage
  stick serial=7fae    | crwx | it
  stick serial=7FAG    | c--- | default-usb-storage
`,
);

table(
  'names with stars',
  policyWith(one('{ device: { vendor: "San*", product: ["*Ultra*", Fit] } }')),
  `
  stick vendor=SanDisk product=Cruzer_Ultra_3 | crwx | it
  stick vendor=sandisk product=ULTRA          | crwx | it
  stick vendor=SanDisk product=fit            | crwx | it
  stick vendor=SanDisk product=Fitted         | c--- | default-usb-storage
  stick vendor=Sony product=Ultra             | c--- | default-usb-storage
  stick vendor=SanDisk                        | c--- | default-usb-storage
`,
);

table(
  'port, bus and size',
  policyWith(one('{ device: { port: "1-*", bus: usb, sizeBytes: { from: 1000, to: 2000 } } }')),
  `
  stick port=1-4.2 size=1000          | crwx | it
  stick port=1-4.2 size=2000          | crwx | it
  stick port=1-4.2 size=999           | c--- | default-usb-storage
  stick port=1-4.2 size=2001          | c--- | default-usb-storage
  stick port=2-4 size=1500            | c--- | default-usb-storage
  stick size=1500                     | c--- | default-usb-storage
  stick port=1-4 size=1500 bus=unknown | c--- | default-usb-storage
`,
);

table(
  'interfaces, anyOf',
  policyWith(one('{ device: { interfaces: { anyOf: ["03:*:*", "08:06:62"] } } }')),
  `
  rubberducky         | crwx | it
  stick               | c--- | default-usb-storage
  stick ifs=08:06:62  | crwx | it
  stick ifs=          | c--- | default-usb-storage
`,
);

table(
  'interfaces, noneOf',
  policyWith(one('{ device: { interfaces: { noneOf: ["03:*:*"] } } }')),
  `
  stick       | crwx | it
  rubberducky | c--- | default-usb-storage
  disk        | crwx | it
  stick ifs=  | c--- | default-usb-storage
`,
);

table(
  'interfaces, allOf',
  policyWith(one('{ device: { interfaces: { allOf: ["08:06:*", "03:01:01"] } } }')),
  `
  rubberducky                  | crwx | it
  stick                        | c--- | default-usb-storage
  stick ifs=03:01:01+08:06:62  | crwx | it
  disk                         | c--- | default-external-disk
`,
);

table(
  'interfaces, only',
  policyWith(one('{ device: { interfaces: { only: ["08:*:*"] } } }')),
  `
  stick                        | crwx | it
  stick ifs=08:06:50+08:06:62  | crwx | it
  rubberducky                  | c--- | default-usb-storage
  disk                         | c--- | default-external-disk
  stick ifs=                   | c--- | default-usb-storage
`,
);
const many = Array.from({ length: 64 }, () => '08:06:50').join('+');
table(
  'a device that names more interfaces than can be listed hides the rest',
  policyWith(one('{ device: { interfaces: { noneOf: ["03:*:*"] } } }')),
  `
  stick ifs=${many}  | c--- | default-usb-storage
`,
);

table(
  'encryption of the volume',
  policyWith(one('{ volume: { encryption: [encrypted], method: accepted } }')),
  `
  stick enc=encrypted method=luks2      | crwx | it
  stick enc=encrypted method=bitlocker  | crwx | it
  stick enc=encrypted method=veracrypt  | c--- | default-usb-storage
  stick enc=encrypted                   | c--- | default-usb-storage
  stick enc=locked method=luks2         | c--- | default-usb-storage
  stick enc=suspended method=bitlocker  | c--- | default-usb-storage
  stick enc=plain                       | c--- | default-usb-storage
  stick enc=unknown                     | c--- | default-usb-storage
  stick                                 | c--- | default-usb-storage
`,
);

table(
  'label, file system, size and use of the volume',
  policyWith(one('{ volume: { label: "DICT*", filesystem: [vfat, exfat], sizeBytes: { to: 9 }, readOnly: true } }')),
  `
  stick label=dict01 fs=vfat vsize=9 ro=true   | crwx | it
  stick label=DICT fs=exfat vsize=0 ro=true    | crwx | it
  stick label=DICT fs=ntfs vsize=9 ro=true     | c--- | default-usb-storage
  stick label=DICT fs=vfat vsize=10 ro=true    | c--- | default-usb-storage
  stick label=DICT fs=vfat vsize=9 ro=false    | c--- | default-usb-storage
  stick label=DICT fs=vfat vsize=9             | c--- | default-usb-storage
`,
);

table(
  'whose encryption it is',
  policyWith(one('{ volume: { encryptedBy: us } }')),
  `
  stick enc=encrypted by=us     | crwx | it
  stick enc=encrypted by=other  | c--- | default-usb-storage
  stick enc=encrypted           | c--- | default-usb-storage
`,
);

table(
  'person and groups',
  policyWith(one('{ user: { name: ["alex*", "TRUST\\\\sam"], groups: Nursing* } }')),
  `
  stick user=alex.example groups=nursing-east+all | crwx | it
  stick user=Trust\\SAM groups=Nursing            | crwx | it
  stick user=kim groups=Nursing                   | c--- | default-usb-storage
  stick user=alex groups=Finance                  | c--- | default-usb-storage
  stick user=alex groups=                         | c--- | default-usb-storage
  stick user=alex                                 | c--- | default-usb-storage
  stick                                           | c--- | default-usb-storage
`,
);

table(
  'computer',
  policyWith(one('{ computer: { hostname: "FOC-*", groups: wards, site: Harlow, portable: false } }')),
  `
  stick host=foc-pc-1 pcgroups=wards site=harlow portable=false | crwx | it
  stick host=foc-pc-1 pcgroups=wards site=harlow portable=true  | c--- | default-usb-storage
  stick host=foc-pc-1 pcgroups=wards site=harlow                | c--- | default-usb-storage
  stick host=ccg-pc-1 pcgroups=wards site=harlow portable=false | c--- | default-usb-storage
`,
);
table(
  'computer by identifier',
  policyWith(one('{ computer: { id: [pc-1, pc-2] } }')),
  `
  stick pc=pc-2 | crwx | it
  stick pc=pc-3 | c--- | default-usb-storage
  stick         | c--- | default-usb-storage
`,
);

table(
  'network',
  policyWith(one('{ any: [{ network: { onNetwork: true } }, { network: { vpn: true } }] }')),
  `
  stick net=true            | crwx | it
  stick net=false vpn=true  | crwx | it
  stick net=false vpn=false | c--- | default-usb-storage
  stick net=false           | c--- | default-usb-storage
  stick                     | c--- | default-usb-storage
`,
);

table(
  'office hours in London, summer and winter',
  policyWith(one('{ time: { after: "08:00", before: "18:00", days: [mon, tue, wed, thu, fri] } }')),
  `
  stick at=2026-11-18T08:00:00Z      | crwx | it
  stick at=2026-11-18T07:59:59.999Z  | c--- | default-usb-storage
  stick at=2026-11-18T17:59:59.999Z  | crwx | it
  stick at=2026-11-18T18:00:00Z      | c--- | default-usb-storage
  stick at=2026-07-15T07:00:00Z      | crwx | it
  stick at=2026-07-15T06:59:59Z      | c--- | default-usb-storage
  stick at=2026-07-15T17:00:00Z      | c--- | default-usb-storage
  stick at=2026-11-21T12:00:00Z      | c--- | default-usb-storage
`,
);
table(
  'hours over midnight',
  policyWith(one('{ time: { after: "22:00", before: "06:00" } }')),
  `
  stick at=2026-11-18T22:00:00Z  | crwx | it
  stick at=2026-11-18T05:59:00Z  | crwx | it
  stick at=2026-11-18T06:00:00Z  | c--- | default-usb-storage
  stick at=2026-11-18T21:59:00Z  | c--- | default-usb-storage
`,
);
table(
  'a span of dates',
  policyWith(one('{ time: { from: 2026-07-01, to: 2026-07-02 } }')),
  `
  stick at=2026-06-30T22:59:59.999Z  | c--- | default-usb-storage
  stick at=2026-06-30T23:00:00.000Z  | crwx | it
  stick at=2026-07-02T22:59:59.999Z  | crwx | it
  stick at=2026-07-02T23:00:00.000Z  | c--- | default-usb-storage
`,
);

table(
  'all, any and not together',
  policyWith(
    one(
      '{ all: [{ device: { class: usb-storage } }, { any: [{ user: { groups: IT } }, { not: { volume: { encryption: plain } } }] }] }',
    ),
  ),
  `
  stick groups=IT enc=plain     | crwx | it
  stick groups=IT               | crwx | it
  stick groups=HR enc=locked    | crwx | it
  stick enc=encrypted           | crwx | it
  stick groups=HR enc=plain     | c--- | default-usb-storage
  stick groups=HR enc=unknown   | c--- | default-usb-storage
  stick groups=HR               | c--- | default-usb-storage
  disk groups=IT                | c--- | default-external-disk
`,
);

table(
  'the first rule that speaks of a right decides that right',
  policyWith(
    `
  - { id: no-programs, when: { not: { device: { class: [hid, hub, smartcard] } } }, rights: { execute: deny } }
  - { id: ours, when: { device: { vendorId: "0781" } }, rights: { read: allow, write: allow, execute: allow } }
  - { id: never-write, when: { device: { class: usb-storage } }, rights: { write: deny } }
  - { id: rest, when: { device: { class: usb-storage } }, rights: { all: allow, connect: deny } }
`,
  ),
  `
  stick vid=0781 | -rw- | ours
  stick vid=0951 | -r-- | rest
  disk vid=0781  | crw- | ours
  disk           | c--- | default-external-disk
`,
);

table(
  'what is named beside all',
  policyWith(one('{ device: { class: usb-storage } }', '{ all: allow, execute: deny, connect: allow }')),
  `
  stick | crw- | it
`,
);

table(
  'an unknown fact lets a denial pass',
  policyWith(`
  - { id: no-plain, when: { volume: { encryption: plain } }, rights: { all: deny } }
  - { id: sticks, when: { device: { class: usb-storage } }, rights: { all: allow } }
`),
  `
  stick enc=plain     | ---- | no-plain
  stick enc=encrypted | crwx | sticks
  stick enc=unknown   | crwx | sticks
  stick               | crwx | sticks
`,
);
table(
  'unless the rule denies what it cannot know',
  policyWith(`
  - { id: no-plain, when: { device: { class: usb-storage }, volume: { encryption: plain } }, rights: { all: deny }, onUnknown: match }
  - { id: sticks, when: { device: { class: usb-storage } }, rights: { all: allow } }
`),
  `
  stick enc=plain     | ---- | no-plain
  stick enc=encrypted | crwx | sticks
  stick enc=unknown   | ---- | no-plain
  stick               | ---- | no-plain
`,
);
table(
  'onUnknown never permits',
  policyWith(
    one(
      '{ device: { class: [usb-storage, optical] }, volume: { encryption: encrypted } }',
      '{ read: allow, write: deny, connect: deny }',
      ', onUnknown: match',
    ),
  ),
  `
  stick enc=encrypted | -r-- | it
  stick               | ---- | default-usb-storage
  disc                | -r-- | default-optical
  stick enc=plain     | c--- | default-usb-storage
`,
);

table(
  'expiry of a rule',
  policyWith(`
  - { id: day, when: { device: { class: usb-storage } }, rights: { read: allow }, expires: 2026-12-31 }
  - { id: instant, when: { device: { class: memory-card } }, rights: { read: allow }, expires: "2026-12-31T12:00:00+01:00" }
`),
  `
  stick at=2026-12-31T23:59:59.999Z | cr-- | day
  stick at=2027-01-01T00:00:00.000Z | c--- | default-usb-storage
  card at=2026-12-31T10:59:59.999Z  | cr-- | instant
  card at=2026-12-31T11:00:00.000Z  | c--- | default-memory-card
`,
);

table(
  'a report-only rule settles nothing',
  policyWith(`
  - { id: strict, when: { device: { class: usb-storage } }, rights: { all: deny }, mode: report }
  - { id: sticks, when: { device: { class: usb-storage } }, rights: { read: allow } }
`),
  `
  stick | cr-- | sticks
`,
);

table(
  'the safety floor stands above every rule',
  policyWith(
    `
  - { id: that-hid, when: { device: { class: hid, vendorId: "1234" } }, rights: { all: deny } }
  - { id: readers, when: { device: { interfaces: { anyOf: ["0b:00:00"] }, vendorId: "1234" } }, rights: { all: deny } }
`,
  ),
  `
  keyboard vid=1234 | crwx | safety-floor
  reader vid=1234   | crwx | safety-floor
`,
);

const storage = '{ device: { class: [usb-storage, external-disk] } }';
const byRegister = policyWith(
  `
  - { id: lost, when: { device: { register: lost } }, rights: { all: deny } }
  - { id: withdrawn, when: { device: { register: [returned, retired, expired] } }, rights: { all: deny } }
  - { id: ours, when: { all: [{ device: { register: issued } }, { volume: { encryptedBy: us } }] }, rights: { all: allow } }
  - { id: issued, when: { device: { in: issued-media } }, rights: { read: allow } }
  - { id: strangers, when: { all: [${storage}, { device: { register: unregistered } }] }, rights: { read: deny } }
`,
  '{ issued-media: { register: issued } }',
);
const register = standingOf(`
register:
  - { id: R1, vendorId: "0781", productId: "5581", serial: EX1, state: issued, approver: A, encryptedBy: us }
  - { id: R2, serial: EX2, state: lost, approver: A }
  - { id: R3, vendorId: "0781", serial: EX3, state: issued, approver: A, expires: "2026-11-18T12:00:00.000Z" }
  - { id: R4, serial: EX4, state: returned, approver: A }
  - { id: R5, vendorId: "0951", serial: EX5, state: issued, approver: A }
`);
table(
  'the media register',
  byRegister,
  `
  stick vid=0781 pid=5581 serial=EX1               | crwx | ours
  stick vid=0781 pid=5581 serial=ex1               | crwx | ours
  stick vid=0781 pid=5581 serial=EX1 by=other      | cr-- | issued
  stick vid=0781 pid=5582 serial=EX1               | c--- | strangers
  stick vid=0781 serial=EX1                        | c--- | default-usb-storage
  stick vid=0781 pid=5581 serial=EX1 trust=shared  | c--- | default-usb-storage
  stick vid=4444 pid=5581 serial=EX2               | ---- | lost
  stick vid=0781 serial=EX3 at=2026-11-18T11:59:59.999Z | cr-- | issued
  stick vid=0781 serial=EX3 at=2026-11-18T12:00:00.000Z | ---- | withdrawn
  stick vid=0781 serial=EX4                        | ---- | withdrawn
  stick vid=0951 serial=EX5                        | cr-- | issued
  stick vid=0951 serial=EX9                        | c--- | strangers
  stick                                            | c--- | default-usb-storage
`,
  register,
);
table(
  'whose key it is, where two entries may be this medium and differ',
  policyWith(one('{ volume: { encryptedBy: us } }')),
  `
  stick vid=0781 serial=EX1 | c--- | default-usb-storage
  stick vid=0951 serial=EX1 | crwx | it
  stick serial=EX1          | c--- | default-usb-storage
`,
  standingOf(`
register:
  - { id: R1, serial: EX1, state: issued, approver: A, encryptedBy: us }
  - { id: R2, vendorId: "0781", serial: EX1, state: issued, approver: A, encryptedBy: other }
`),
);
table(
  'an empty register knows every device for a stranger',
  byRegister,
  `
  stick vid=0781 serial=EX1 | c--- | strangers
  stick                     | c--- | strangers
`,
  standingOf('{}'),
);
table(
  'a register that was never told is not an empty one',
  byRegister,
  `
  stick vid=0781 serial=EX1 | c--- | default-usb-storage
  stick                     | c--- | default-usb-storage
`,
  null,
);

table(
  'lists of devices',
  policyWith(
    one('{ device: { in: [dictation, others] } }', '{ read: allow }'),
    `
  dictation: { devices: [{ vendorId: "07b4" }, { vendorId: "0911", serial: [D1, D2] }] }
  others: { devices: [] }
`,
  ),
  `
  stick vid=07b4           | cr-- | it
  stick vid=0911 serial=D2 | cr-- | it
  stick vid=0911 serial=D3 | c--- | default-usb-storage
  stick vid=0911           | c--- | default-usb-storage
  stick vid=1111           | c--- | default-usb-storage
  stick                    | c--- | default-usb-storage
`,
);
table(
  'off a list only when that is certain',
  policyWith(
    one('{ not: { device: { in: banned } } }', '{ read: allow }'),
    '{ banned: { devices: [{ vendorId: "0911", serial: D1 }] } }',
  ),
  `
  stick vid=0911 serial=D2 | cr-- | it
  stick vid=1111           | cr-- | it
  stick vid=0911 serial=D1 | c--- | default-usb-storage
  stick vid=0911           | c--- | default-usb-storage
`,
);

const denyAll = policyWith(`[{ id: none, when: ${storage}, rights: { all: deny } }]`);
const granted = standingOf(`
approvals:
  - { id: A1, kind: transfer, computerId: pc-1, user: Alex, device: { serial: EX1 }, rights: [connect, read, write], from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-1 }
  - { id: A2, kind: media, device: { vendorId: "0951" }, rights: [read], from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-2 }
  - { id: A3, kind: local-data, device: { serial: EX3 }, rights: [read], from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-3 }
codes:
  - { id: C1, device: { serial: EX7 }, rights: [connect, read], until: "2026-11-18T12:30:00.000Z" }
`);
table(
  'approvals and one-time codes stand above rules',
  denyAll,
  `
  stick serial=EX1 pc=pc-1 user=alex                             | crw- | A1
  stick serial=EX1 pc=pc-1 user=alex at=2026-11-18T08:59:59.999Z | ---- | none
  stick serial=EX1 pc=pc-1 user=alex at=2026-11-18T09:00:00.000Z | crw- | A1
  stick serial=EX3                                               | ---- | none
  stick serial=EX1 pc=pc-1 user=alex at=2026-11-18T17:00:00.000Z | ---- | none
  stick serial=EX1 pc=pc-2 user=alex                             | ---- | none
  stick serial=EX1 pc=pc-1                                       | ---- | none
  stick serial=EX1 user=alex                                     | ---- | none
  stick serial=EX1 trust=shared pc=pc-1 user=alex                | ---- | none
  stick vid=0951                                                 | -r-- | A2
  disk vid=0951                                                  | -r-- | A2
  stick                                                          | ---- | none
  stick serial=EX7                                               | cr-- | C1
  stick serial=EX7 at=2026-11-18T12:30:00.000Z                   | ---- | none
`,
  granted,
);
table(
  'an approval for an encrypted medium lets it be seen and unlocked, and no more before it is encrypted',
  denyAll,
  `
  stick serial=EX1                            | c--- | none
  stick serial=EX1 enc=unknown                | c--- | none
  stick serial=EX1 enc=plain                  | c--- | none
  stick serial=EX1 enc=suspended method=luks2 | c--- | none
  stick serial=EX1 enc=locked                 | cr-- | A1
  stick serial=EX1 enc=locked method=luks2    | cr-- | A1
  stick serial=EX1 enc=encrypted              | c--- | none
  stick serial=EX1 enc=encrypted method=dm-crypt | c--- | none
  stick serial=EX1 enc=encrypted method=luks2 | crw- | A1
  stick serial=EX2 enc=encrypted method=luks2 | -rw- | A2
  stick serial=EX2 enc=locked                 | -r-- | A2
  stick serial=EX2 enc=plain                  | ---- | none
  disk serial=EX3 enc=encrypted method=luks2  | -rw- | A3
  disk serial=EX3 enc=plain                   | -rw- | A3
`,
  standingOf(`
approvals:
  - { id: A1, kind: transfer, device: { serial: EX1 }, rights: [connect, read, write], encrypted: true, from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-1 }
  - { id: A2, kind: media, device: { serial: EX2 }, rights: [read, write], encrypted: true, from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-2 }
  - { id: A3, kind: media, device: { serial: EX3 }, rights: [read, write], encrypted: false, from: "2026-11-18T09:00:00.000Z", to: "2026-11-18T17:00:00.000Z", approver: H, reference: T-3 }
`),
);
table(
  'a register that was not told is unknown, whatever else was',
  policyWith(`[{ id: none, when: { device: { register: unregistered } }, rights: { all: allow } }]`),
  'stick serial=EX1 | c--- | default-usb-storage',
  { approvals: [], codes: [] },
);
table(
  'break-glass allows everything until it ends',
  denyAll,
  `
  stick                             | crwx | break-glass
  stick at=2026-11-18T12:59:59.999Z | crwx | break-glass
  stick at=2026-11-18T13:00:00.000Z | ---- | none
  keyboard                          | crwx | safety-floor
`,
  standingOf('breakGlass: { until: "2026-11-18T13:00:00.000Z", by: H }'),
);
