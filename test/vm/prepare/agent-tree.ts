import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFile } from '../images.ts';
import { checkout, type Lab } from '../lab.ts';
import { adder, nativeModules } from './guest-tree.ts';

/** Native code is chosen at run time from optional packages; the guest is one of them. */
const native = ['@koromix/koffi-linux-x64', '@node-usb/usb-linux-x64-gnu'];
/** Sources of native code and code for other systems. */
const leftOut =
  /\/better-sqlite3\/(deps|src)|\/musl|\/prebuilds\/(?!linux-x64)|\/koffi\/(vendor|doc)|\.(d\.[cm]?ts|map|md)$/;

/** Lays out the agent as it stands in this checkout, and the laboratory's own program beside it. */
export function layOutAgent(lab: Lab, root: string): void {
  const product = join(root, 'opt/portcullis');
  mkdirSync(product, { recursive: true });
  for (const name of ['agent', 'shared', 'package.json'])
    cpSync(join(checkout, name), join(product, name), { recursive: true });
  const add = adder(lab, root);
  for (const name of withNeeds([...imported(), ...native])) {
    const from = join(checkout, 'node_modules', name);
    const to = join(product, 'node_modules', name);
    cpSync(from, to, { recursive: true, filter: (path) => !leftOut.test(path) });
    for (const file of nativeModules(to)) add(join(from, file), join('opt/portcullis/node_modules', name, file));
  }
  cpSync(join(checkout, 'test/vm/guest/channel.ts'), join(root, 'opt/laboratory/channel.ts'));
  cpSync(imageFile(lab, 'small'), join(root, 'opt/laboratory/small.img'));
  writeFileSync(join(root, 'opt/laboratory/package.json'), '{ "type": "module" }\n');
}

/** Names of the packages that the agent imports, at once or when it needs them. */
function imported(): string[] {
  const name = /(?:from|import\()\s*'(@[\w.-]+\/[\w.-]+|[\w-][\w.-]*)(?=[/'])/g;
  const files = globSync('{agent,shared}/**/*.ts', { cwd: checkout });
  const names = files.flatMap((file) =>
    [...readFileSync(join(checkout, file), 'utf8').matchAll(name)].map(([, found = '']) => found),
  );
  return [...new Set(names)].filter((one) => existsSync(join(checkout, 'node_modules', one)));
}

function withNeeds(names: readonly string[], known: Set<string> = new Set()): Set<string> {
  for (const name of names) {
    if (known.has(name)) continue;
    known.add(name);
    const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(
      readFileSync(join(checkout, 'node_modules', name, 'package.json'), 'utf8'),
    );
    withNeeds(
      Object.keys(dependencies).filter((need) => existsSync(join(checkout, 'node_modules', need))),
      known,
    );
  }
  return known;
}
