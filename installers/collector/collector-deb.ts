import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installNode, launcher } from '../linux/agent-deb.ts';
import type { DebianPackage } from '../linux/deb.ts';
import { collectorProgram, layOut } from '../program.ts';

const folder = 'usr/lib/portcullis-collector';

/** The collector as a Debian package: an account of its own, a first home, and a service that runs at once. */
export function collectorDeb(version: string): DebianPackage {
  return {
    name: 'portcullis-collector',
    version,
    architecture: 'amd64',
    description: [
      'device control for health and social-care organisations: the collector',
      'It receives what agents report, keeps it in one database, raises alerts by the',
      'organisation’s policy and shows them in a console.',
    ],
    depends: ['libc6 (>= 2.34)', 'libstdc++6 (>= 12)', 'adduser'],
    async fill(root) {
      await layOut(collectorProgram('linux-x64'), join(root, folder), version);
      installNode(join(root, folder));
    },
    files: {
      'usr/bin/portcullis-collector': { text: asItsAccount(launcher('collector')), mode: 0o755 },
      'lib/systemd/system/portcullis-collector.service': {
        text: readFileSync(new URL('portcullis-collector.service', import.meta.url), 'utf8'),
      },
      'etc/default/portcullis-collector': {
        text: '# PROFILE (focus or ccg) and ORGANISATION are used once, when the first home is made.\n# PORTCULLIS_PORT and PORTCULLIS_LOG are read at every start.\nPROFILE=focus\nORGANISATION=\n',
      },
    },
    scripts: { postinst, prerm, postrm },
  };
}

/** Files that root would leave behind could not be read by the service. */
function asItsAccount(script: string): string {
  const step =
    'if [ "$(id -u)" = 0 ]; then\n  exec setpriv --reuid=portcullis --regid=portcullis --clear-groups "$0" "$@"\nfi\n';
  return script.replace('exec ', `${step}exec `);
}

const postinst = `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
adduser --system --group --quiet --home /var/lib/portcullis --no-create-home portcullis
install -d -m 0755 /var/lib/portcullis
install -d -m 0700 -o portcullis -g portcullis /var/lib/portcullis/collector
. /etc/default/portcullis-collector
if [ -n "$ORGANISATION" ]; then
  /usr/bin/portcullis-collector init --profile "\${PROFILE:-focus}" --organisation "$ORGANISATION"
else
  /usr/bin/portcullis-collector init --profile "\${PROFILE:-focus}"
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable portcullis-collector.service
  systemctl restart portcullis-collector.service
  echo "The collector runs. Its first sign-in: journalctl -u portcullis-collector -g 'First sign-in'"
fi
`;

const prerm = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl stop portcullis-collector.service || true
  if [ "$1" = remove ]; then systemctl disable portcullis-collector.service || true; fi
fi
`;

const postrm = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
if [ "$1" = purge ]; then
  rm -rf /var/lib/portcullis/collector
  rmdir --ignore-fail-on-non-empty /var/lib/portcullis 2>/dev/null || true
  deluser --system --quiet portcullis || true
fi
`;
