import { writeFileSync } from 'node:fs';
import type Type from 'typebox';
import { Policy } from './schema.ts';
import { builtInFloor } from './voices.ts';

interface Node {
  description?: string;
  default?: unknown;
  type?: string;
  enum?: string[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  anyOf?: Node[];
  items?: Node;
  properties?: Record<string, Node>;
  required?: string[];
  patternProperties?: Record<string, Node>;
  $ref?: string;
  $defs?: Record<string, Node>;
}

const intro = `# The policy language

This page is made from the schema by \`node shared/policy/reference.ts\`; a test keeps the two equal. Change the
descriptions in \`shared/policy/schema.ts\`, \`rule.ts\` and \`conditions.ts\`, and make it anew.

## How a decision comes about

Each right (\`connect\`, \`read\`, \`write\`, \`execute\`) is decided by itself, by the first of these that speaks of it:

1. the safety floor: ${builtInFloor.join(', ')} and the classes under \`devices.safetyFloor\` are allowed whatever the rest says;
2. break-glass, approvals and redeemed one-time codes that the collector granted and that are live; an approval for an
   encrypted medium lets a locked one be read, so that it can be unlocked, and grants the rest once it is seen to be encrypted;
3. \`rules\`, in order: the first that matches and says something about the right;
4. the default of the class, under \`devices.defaults\`.

Every fact may be unknown: a stick may have no serial number of its own, and the state of its encryption is not known
before a volume of it was seen. A condition is then neither true nor false.

- A rule permits only when its condition is true whatever the unknown facts turn out to be.
- A rule denies on an unknown condition only where it says \`onUnknown: match\`.
- So learning a fact lifts a denial in two ways only: the fact makes a permit's condition true, or it answers the very
  question because of which a rule with \`onUnknown: match\` denied.

| facts of | come from |
| --- | --- |
| \`user\` | the session that has the screen, by systemd-logind; its groups by the files of the computer, and unknown where a directory service keeps some |
| \`computer\` | the agent; \`site\` and \`groups\` from \`portcullis-collector computer place\` |
| \`network\` | the addresses of the computer, held against \`network\` of the policy |
| \`device.register\` | the media register, once the collector has told it |

Another person at the computer, another network, a new standing and the time are each decided anew for what is connected.

A list of values means any of them; a \`*\` in a text stands for any run of characters; letters fit in either case. There
are no regular expressions. Times are those of the clock in London, summer time included. YAML aliases are refused. Four
hexadecimal digits such as \`"0781"\` need quotes, or YAML takes them for a number.

With \`mode: report\` nothing is stopped: a decision then allows everything and says in \`wouldHave\` what it would have
been. A rule with \`mode: report\` is worked out in the same way and settles nothing.

## Example

\`\`\`yaml
lists:
  issued-media: { register: issued }
rules:
  - id: lost-media
    when: { device: { register: lost } }
    rights: { all: deny }
    severity: critical
    tell: [ict]
    clause: focus 4.8
  - id: issued-encrypted
    name: Issued media, encrypted, in office hours
    when:
      all:
        - device: { in: issued-media }
        - volume: { encryption: encrypted, method: accepted }
        - time: { after: '07:00', before: '20:00', days: [mon, tue, wed, thu, fri] }
        - not: { device: { interfaces: { anyOf: ['03:*:*'] } } }
    rights: { read: allow, write: allow, execute: deny }
    evidence: names
    expires: 2026-12-31
    reason: IG-2026-114
    clause: focus 3.6
\`\`\`
`;

/** The reference page of the policy language, made from its schema alone. */
export function policyReference(schema: Type.TSchema = Policy): string {
  return `${[intro, ...sections('The policy', schema as Node, '', new Set())].join('\n')}`;
}

/** One section for every object, once: the facts of a device are told under lists and not again under rules. */
function* sections(title: string, node: Node, path: string, told: Set<Node>): Generator<string> {
  const { properties = {}, required = [] } = node;
  const rows = Object.entries(properties).map(([name, member]) => row(name, member, required.includes(name)));
  const about = node.description === undefined ? '' : `${node.description}\n\n`;
  yield `## ${title}\n\n${about}| member | value | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  for (const [name, member] of Object.entries(properties)) {
    const inner = objectIn(member, path === '' ? name : `${path}.${name}`);
    if (!inner || told.has(inner.node)) continue;
    told.add(inner.node);
    yield* sections(`\`${inner.path}\``, inner.node, inner.path, told);
  }
}

/** The object a member is, is a list of, or has for each of its names. */
function objectIn(node: Node, path: string): { node: Node; path: string } | undefined {
  const definition = node.$defs?.[node.$ref ?? ''];
  if (definition) return { node: definition, path };
  if (node.properties) return { node, path };
  if (node.items) return objectIn(node.items, `${path}[]`);
  const [named] = Object.values(node.patternProperties ?? {});
  if (named) return objectIn(named, `${path}.<name>`);
  return node.anyOf?.map((branch) => objectIn(branch, path)).find((found) => found !== undefined);
}

function row(name: string, node: Node, required: boolean): string {
  const usual = node.default === undefined ? '' : ` Usual: \`${String(node.default)}\`.`;
  const need = required ? '' : ' (optional)';
  return `| \`${name}\`${need} | ${valueWords(node).replaceAll('|', '\\|')} | ${(node.description ?? '').replaceAll('|', '\\|')}${usual} |`;
}

function valueWords(node: Node): string {
  if (node.$ref !== undefined) return 'a condition, as under `when`';
  if (node.enum) return node.enum.map((word) => `\`${word}\``).join(', ');
  if (node.anyOf) return choice(node.anyOf);
  if (node.items) return `list of: ${valueWords(node.items)}`;
  if (node.patternProperties) return 'names, each with its own members';
  if (node.properties) return 'members of its own';
  if (node.type === 'integer') return range(node);
  return node.type === 'string' ? 'text' : (node.type ?? 'text');
}

function choice(branches: Node[]): string {
  const [first, second] = branches;
  if (first && second?.items && branches.length === 2) return `${valueWords(first)}; one or a list`;
  return [...new Set(branches.map(valueWords))].join(' or ');
}

function range({ minimum, maximum }: Node): string {
  const end = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? 'on' : `to ${maximum}`;
  return `whole number, ${minimum ?? 0} ${end}`;
}

if (import.meta.main) writeFileSync(new URL('../../docs/policy-reference.md', import.meta.url), policyReference());
