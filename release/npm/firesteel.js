#!/usr/bin/env node
// Starts the server that npm installed for this platform, as a package of its own.
'use strict';

const { spawnSync } = require('node:child_process');
const { platforms } = require('./package.json');

/** The C library of a Linux, which decides which program runs; undefined elsewhere. */
function libc() {
  if (process.platform !== 'linux') return undefined;
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

function program() {
  const found = platforms.find((row) => row.os === process.platform && row.cpu === process.arch && row.libc === libc());
  if (!found) throw new Error(`there is no package for ${process.platform} on ${process.arch}; see https://github.com/firesteel/firesteel`);
  try {
    return require.resolve(`${found.package}/${found.program}`);
  } catch {
    throw new Error(`the package ${found.package} is not installed; npm leaves it out with --omit=optional`);
  }
}

try {
  // The editor's pipes are handed on as they are, so nothing stands between it and the server.
  const ended = spawnSync(program(), process.argv.slice(2), { stdio: 'inherit' });
  if (ended.error) throw ended.error;
  process.exitCode = ended.status ?? 1;
} catch (error) {
  console.error(`firesteel: ${error.message}`);
  process.exitCode = 1;
}
