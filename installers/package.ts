import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, type Command } from 'commander';
import { print, runProgram } from '#shared/command-line.ts';
import { productVersion } from '#shared/version.ts';
import { buildAgentRelease } from './agent-release.ts';
import { collectorDeb } from './collector/collector-deb.ts';
import { agentDeb } from './linux/agent-deb.ts';
import { type Building, buildDeb } from './linux/deb.ts';
import { buildAgentTar } from './linux/tar.ts';
import { buildDarwinTar } from './macos/tar.ts';
import { buildMsi } from './windows/msi.ts';

/** Makes one package into a folder. @returns the file's path */
type Maker = (version: string, building: Building) => Promise<string>;

const makers: Readonly<Record<string, Maker>> = {
  'linux-deb': (version, building) => buildDeb(agentDeb(version), building),
  'collector-deb': (version, building) => buildDeb(collectorDeb(version), building),
  'linux-tar': buildAgentTar,
  'agent-release': buildAgentRelease,
  'windows-msi': buildMsi,
  'darwin-tar': buildDarwinTar,
};

const units: Readonly<Record<string, string>> = {
  'linux-deb': 'linux/portcullis-agent.service',
  'collector-deb': 'collector/portcullis-collector.service',
};

await runProgram('npm run package --', 'Makes installers.', process.argv.slice(2), (program: Command) => {
  program
    .addArgument(new Argument('<name>', 'which').choices(Object.keys(makers)))
    .option('--out <folder>', 'where to put it', 'dist')
    .option('--version <version>', 'of the package', productVersion())
    .option('--quick', 'larger, and made in a tenth of the time')
    .option('--node <file>', 'for macOS: the bin/node of the archive of nodejs.org')
    .option('--json', 'as JSON')
    .action(make);
});

interface Options {
  out: string;
  version: string;
  quick?: boolean;
  node?: string;
  json?: boolean;
}

async function make(name: string, options: Options): Promise<void> {
  const maker = makers[name];
  if (!maker) throw new TypeError(`no maker for ${name}`);
  const started = Date.now();
  const file = await maker(options.version, {
    folder: resolve(options.out),
    moment: commitMoment(),
    quick: options.quick ?? false,
    ...(options.node !== undefined && { node: resolve(options.node) }),
  });
  const bytes = statSync(file).size;
  const installed = name.endsWith('-deb') ? Number(field(file, 'Installed-Size')) * 1024 : undefined;
  const made = { file, bytes, installedBytes: installed, seconds: Math.round((Date.now() - started) / 1000) };
  const exposure = exposureOf(name);
  const size = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  const footprint = installed === undefined ? '' : `, ${size(installed)} installed`;
  print(
    options.json
      ? JSON.stringify(made)
      : `${file}: ${size(bytes)}${footprint}, made in ${made.seconds} s${exposure ? `\n${exposure}` : ''}`,
  );
}

/** Of the newest commit, so that the same sources give the same package; outside a checkout the beginning of 2026. */
function commitMoment(): number {
  try {
    return Number(
      execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return Date.UTC(2026, 0) / 1000;
  }
}

function field(file: string, name: string): string {
  return execFileSync('dpkg-deb', ['--field', file, name], { encoding: 'utf8' }).trim();
}

/** How systemd rates what the service may do; undefined where its tool is missing. */
function exposureOf(name: string): string | undefined {
  const unit = units[name];
  if (unit === undefined) return undefined;
  const args = ['security', '--offline=true', '--no-pager', fileURLToPath(new URL(unit, import.meta.url))];
  const { stdout, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return error ? undefined : /Overall exposure level[^\n]*/.exec(stdout)?.[0];
}
