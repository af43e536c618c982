'use strict';
// Plain CommonJS in the oldest syntax, because it must run, and speak, on a Node that cannot run the rest.
// better-sqlite3 13 ends an older Node with a segmentation fault instead of an error.
var required = 24;
var running = Number(process.versions.node.split('.')[0]);
if (running < required) {
  process.stderr.write(
    'Portcullis needs Node ' +
      required +
      ' and this is Node ' +
      process.versions.node +
      '. Run "npm ci" once (it brings Node ' +
      required +
      ' into node_modules), then use the npm scripts, for example "npm start".\n',
  );
  process.exit(2);
}
