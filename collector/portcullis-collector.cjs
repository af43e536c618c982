#!/usr/bin/env node
'use strict';
require('../shared/require-node.cjs');
import('./cli.ts')
  .then((cli) => cli.main(process.argv.slice(2)))
  .catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 70;
  });
