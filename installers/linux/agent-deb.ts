import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeContents } from '../contents.ts';
import { agentProgram, layOut, nodeBinary } from '../program.ts';
import type { DebianPackage } from './deb.ts';
import { agentLauncher } from './launcher.ts';

const folder = 'usr/lib/portcullis-agent';

/** The agent as a Debian package. It starts once the computer is enrolled, and is restarted by an upgrade. */
export function agentDeb(version: string): DebianPackage {
  return {
    name: 'portcullis-agent',
    version,
    architecture: 'amd64',
    description: [
      'device control for health and social-care organisations: the agent',
      'It watches removable media, unencrypted drives, documents on local disks and',
      'unapproved software, carries out the organisation’s policy, and reports to a',
      'collector. It does nothing before the computer is enrolled.',
    ],
    depends: ['libc6 (>= 2.34)', 'libstdc++6 (>= 12)', 'util-linux'],
    recommends: ['udev', 'clamav-daemon'],
    async fill(root) {
      await layOut(agentProgram('linux-x64'), join(root, folder), version);
      installNode(join(root, folder));
      writeContents(join(root, folder), 'linux-x64', version);
    },
    files: {
      'usr/bin/portcullis-agent': { text: agentLauncher(`/${folder}`, version), mode: 0o755 },
      'lib/systemd/system/portcullis-agent.service': { text: text('portcullis-agent.service') },
      'etc/default/portcullis-agent': {
        text: '# Variables of the agent: HTTPS_PROXY, NO_PROXY, PORTCULLIS_LOG. It is read at its start.\n',
      },
    },
    scripts: { postinst, prerm, postrm },
  };
}

export function installNode(folder: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(nodeBinary('linux-x64'), join(folder, 'bin', 'node'));
}

/** What people and scripts type; data lies where the service has it. */
export function launcher(name: 'collector'): string {
  return `#!/bin/sh
PORTCULLIS_HOME="\${PORTCULLIS_HOME:-/var/lib/portcullis}"
PORTCULLIS_RUN="\${PORTCULLIS_RUN:-/run/portcullis}"
export PORTCULLIS_HOME PORTCULLIS_RUN
exec /usr/lib/portcullis-${name}/bin/node /usr/lib/portcullis-${name}/${name}/portcullis-${name}.cjs "$@"
`;
}

function text(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

const withSystemd = (lines: string) => `if [ -d /run/systemd/system ]; then\n${lines}\nfi\n`;

const postinst = `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
install -d -m 0755 /var/lib/portcullis
install -d -m 0700 /var/lib/portcullis/agent
# It was the package that stopped the service, and nobody's hand.
rm -f /run/portcullis-agent.package
# Whoever was told the one-time code in /etc/default never has to type it.
if [ ! -e /var/lib/portcullis/agent/identity.json ] && [ -r /etc/default/portcullis-agent ]; then
  . /etc/default/portcullis-agent
  if [ -n "$COLLECTOR" ] && [ -n "$CODE" ]; then
    if /usr/bin/portcullis-agent enrol --collector "$COLLECTOR" --code "$CODE"; then
      sed -i '/^CODE=/d' /etc/default/portcullis-agent
    else
      echo "The computer was not enrolled; run \\"portcullis-agent enrol\\" when the collector can be reached." >&2
    fi
  fi
fi
${withSystemd('  systemctl daemon-reload\n  systemctl enable portcullis-agent.service\n  systemctl restart portcullis-agent.service')}`;

const prerm = `#!/bin/sh
set -e
${withSystemd('  touch /run/portcullis-agent.package\n  systemctl stop portcullis-agent.service || true')}if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable portcullis-agent.service || true
fi
`;

const postrm = `#!/bin/sh
set -e
rm -f /run/portcullis-agent.package
${withSystemd('  systemctl daemon-reload || true')}if [ "$1" = purge ]; then
  rm -rf /var/lib/portcullis/agent /var/lib/portcullis/agent-versions
  rmdir --ignore-fail-on-non-empty /var/lib/portcullis 2>/dev/null || true
fi
`;
