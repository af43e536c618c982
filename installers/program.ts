import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { productVersion } from '#shared/version.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const ownModules = join(checkout, 'node_modules');

/** A program to be installed: what is bundled, and what lies beside it as files. All paths are those of the checkout. */
export interface Program {
  name: 'agent' | 'collector';
  /** Each becomes one file with everything it imports; in an agent, what it imports when it is needed lies beside it. */
  entries: readonly string[];
  /** Plain files and folders, copied as they are. */
  data: readonly string[];
  /** Packages that must stay packages: native addons, and files that are read at run time. */
  packages: readonly PackageFiles[];
}

interface PackageFiles {
  name: string;
  /** Files and folders of it, in its folder. */
  files: readonly string[];
}

/** `linux-x64`, as prebuilt addons name it. */
export type Target = `${'linux' | 'win32' | 'darwin'}-${'x64' | 'arm64'}`;

function sqlite(target: Target): PackageFiles {
  return { name: 'better-sqlite3', files: ['package.json', 'LICENSE', 'lib', `prebuilds/${target}.node`] };
}

const usbTargets: Readonly<Record<Target, string>> = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'win32-x64': 'win32-x64-msvc',
  'win32-arm64': 'win32-arm64-msvc',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};

const koffiModules = ['index.js', 'index.cjs', 'indirect.js', 'indirect.cjs'];
const koffiStatic = ['src/koffi/src/static.js', 'src/koffi/src/static.cjs'];
/** Its entries only hand on what lies in `src/koffi`. */
const koffi: PackageFiles = {
  name: 'koffi',
  files: [
    'package.json',
    'LICENSE.txt',
    ...koffiModules,
    ...koffiModules.map((file) => `src/koffi/${file}`),
    ...koffiStatic,
  ],
};

export function agentProgram(target: Target): Program {
  return {
    name: 'agent',
    entries: [
      'agent/cli.ts',
      'agent/identifiers/inspector/reading-process.ts',
      ...(target.startsWith('linux') ? ['agent/enforcement/reflex-thread.linux.ts'] : []),
    ],
    data: ['agent/portcullis-agent.cjs', 'shared/require-node.cjs', 'shared/policy/profiles', 'LICENSE'],
    packages: [
      sqlite(target),
      koffi,
      { name: `@koromix/koffi-${target}`, files: ['package.json', 'index.js', target.replace('-', '_')] },
      { name: 'usb', files: ['package.json', 'LICENSE.md', 'index.js', 'dist'] },
      { name: `@node-usb/usb-${usbTargets[target]}`, files: ['.'] },
      { name: '@embedpdf/pdfium', files: ['package.json', 'LICENSE', 'LICENSE.pdfium', 'dist'] },
    ],
  };
}

export function collectorProgram(target: Target): Program {
  return {
    name: 'collector',
    entries: [
      'collector/cli.ts',
      ...['backup/backup', 'policies/replay', 'reports/report', 'store/checkpoint', 'store/survey', 'store/writer'].map(
        (name) => `collector/${name}-thread.ts`,
      ),
    ],
    data: [
      'collector/portcullis-collector.cjs',
      'shared/require-node.cjs',
      'shared/policy/profiles',
      'collector/console/pages',
      'collector/console/assets',
      'collector/reports/frameworks.yaml',
      'LICENSE',
    ],
    packages: [
      sqlite(target),
      {
        name: 'nhsuk-frontend',
        files: [
          'package.json',
          ...['index.js', 'components', 'assets/images', 'nhsuk-frontend.min.css', 'nhsuk-frontend.min.js'].map(
            (file) => `dist/nhsuk/${file}`,
          ),
        ],
      },
      { name: 'dejavu-fonts-ttf', files: ['package.json', 'LICENSE', 'ttf/DejaVuSans.ttf', 'ttf/DejaVuSans-Bold.ttf'] },
      { name: 'word-list', files: ['package.json', 'license', 'index.js', 'words.txt'] },
    ],
  };
}

/**
 * Lays a program out in a folder as it will be installed: no sources, no types, one addon of each kind.
 * @param modules where its packages are, when they are those of another system
 */
export async function layOut(
  program: Program,
  folder: string,
  version = productVersion(),
  modules = ownModules,
): Promise<void> {
  for (const entry of program.entries) await bundleEntry(entry, folder, program);
  for (const path of program.data) copyData(path, folder);
  for (const { name, files } of program.packages)
    copyPackage(join(modules, name), files, join(folder, 'node_modules', name));
  const { name, license } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, license, type: 'module' })}\n`);
}

function external({ packages }: Program): string[] {
  return packages.flatMap(({ name }) => [name, `${name}/*`]);
}

async function bundleEntry(entry: string, folder: string, program: Program): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(checkout, entry)],
    outdir: folder,
    outbase: checkout,
    // What the agent imports when it is needed is a file of its own beside the entry: other systems' code is never read.
    splitting: program.name === 'agent',
    chunkNames: `${dirname(entry)}/part-[hash]`,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    external: external(program),
    // CommonJS inside a bundle asks for `require`, which modules do not have.
    banner: { js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);" },
    plugins: [placesOf(relative(dirname(entry), '.') || '.')],
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, asAscii(text));
  }
}

/** One letter beyond Latin in regular expressions, which esbuild leaves as they are, has Node hold the text twice as large. */
function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Sources find files beside themselves by `import.meta`. In a bundle all of them are one file, so each is told where it
 * would have been; threads and processes are started from bundles, which end in `.js`.
 * @param up from the folder of the bundle to the top
 */
function placesOf(up: string): Plugin {
  return {
    name: 'places of sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = relative(checkout, path);
        const place = `new URL(${JSON.stringify(`${up}/${source}`)}, import.meta.url)`;
        const contents = readFileSync(path, 'utf8')
          .replaceAll(/new URL\('(\.\/[\w.-]+)\.ts', import\.meta\.url\)/g, "new URL('$1.js', import.meta.url)")
          .replaceAll('import.meta.url', `${place}.href`)
          .replaceAll('import.meta.main', 'false');
        return { contents, loader: 'ts' };
      });
    },
  };
}

function copyData(path: string, folder: string): void {
  const to = join(folder, path);
  mkdirSync(dirname(to), { recursive: true });
  if (path.endsWith('.cjs')) {
    const launcher = readFileSync(join(checkout, path), 'utf8');
    writeFileSync(to, launcher.replaceAll("import('./cli.ts')", "import('./cli.js')"));
  } else cpSync(join(checkout, path), to, { recursive: true });
}

function copyPackage(from: string, files: readonly string[], to: string): void {
  for (const file of files) cpSync(join(from, file), join(to, file), { recursive: true, filter: isNoSource });
}

function isNoSource(path: string): boolean {
  return (
    /licen[cs]e/i.test(path) ||
    !/\.(d\.[cm]?ts|map|md|ts|lib|scss|browser\.js)$|fixtures\.json$|\.bundle\.js$|components\/.*\.m?js$/.test(path)
  );
}

/** The Node that the lock file brings for a target, unmodified. */
export function nodeBinary(target: Target, modules = ownModules): string {
  const file = target.startsWith('win32') ? 'bin/node.exe' : 'bin/node';
  return join(modules, `node-${target.replace('win32', 'win')}`, file);
}
