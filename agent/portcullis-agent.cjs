#!/usr/bin/env node
'use strict';
require('../shared/require-node.cjs');
const { mkdirSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const v8 = require('node:v8');

if (process.argv[2] === 'run') liveLightly();

import('./cli.ts')
  .then((cli) => cli.main(process.argv.slice(2)))
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 70;
  });

/** The agent lives for months beside other programs: it gives memory back rather than keep it for speed. */
function liveLightly() {
  v8.setFlagsFromString('--max-semi-space-size=1');
  v8.setFlagsFromString('--optimize-for-size');
  // The compilers for code that runs often keep 20 MB busy, for an agent that mostly waits for the system.
  for (const compiler of ['opt', 'maglev']) v8.setFlagsFromString(`--no-${compiler}`);
  // Compiled code is code that will run: it lies where only the agent's own account may write.
  const { PORTCULLIS_HOME: told, ProgramData: windows } = process.env;
  const usual = windows === undefined ? join(__dirname, '..', '.portcullis') : join(windows, 'Portcullis');
  const home = join(told ?? usual, 'agent');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  enableCompileCache(join(home, 'compile-cache'));
}
