// Writes the settings of docs/configuration.md into package.json, or with --check says whether they are there.

import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const manifest = new URL('package.json', here);

/** What a value must be in VS Code; null stands for what the user did not set. */
function schema(expects) {
  const range = expects.match(/^a number from (\d+) to (\d+)$/);
  if (range) return { type: ['integer', 'null'], minimum: Number(range[1]), maximum: Number(range[2]) };
  if (expects === 'true or false') return { type: ['boolean', 'null'] };
  if (expects === 'a table of strings') return { type: ['object', 'null'], additionalProperties: { type: 'string' } };
  if (expects === 'a list of strings') return { type: ['array', 'null'], items: { type: 'string' } };
  if (expects.startsWith('a list of tables')) return { type: ['array', 'null'], items: { type: 'object' } };
  if (expects.startsWith('a table')) return { type: ['object', 'null'] };
  const choices = expects.match(/^[\w-]+(, [\w-]+)* or [\w-]+$/) && expects.split(/, | or /);
  return choices ? { enum: [null, ...choices] } : { type: ['string', 'null'] };
}

function properties() {
  const rows = readFileSync(new URL('../../docs/configuration.md', here), 'utf8').matchAll(
    /^\| `([\w.]+)`( ¹)? \| `\w+` \| (.+?) \| (.+?) \| (.+) \|$/gm,
  );
  const serverPath = {
    type: ['string', 'null'],
    default: null,
    scope: 'machine-overridable',
    markdownDescription: 'The server. Default: `$FIRESTEEL_SERVER_PATH`, the bundled one, or `firesteel` on the PATH.',
  };
  const settings = { 'firesteel.serverPath': serverPath };
  for (const [, name, sensitive, expects, fallback, meaning] of rows) {
    // The key is kept in the secret storage, and the server's log goes to the output panel.
    if (name === 'model.key' || name === 'log.file') continue;
    const scope = sensitive ? 'machine' : 'resource';
    const markdownDescription = `${meaning} Default: ${fallback}.`;
    settings[`firesteel.${name}`] = { ...schema(expects), default: null, scope, markdownDescription };
  }
  return settings;
}

const before = readFileSync(manifest, 'utf8');
const parsed = JSON.parse(before);
parsed.contributes.configuration = { title: 'Firesteel', properties: properties() };
const after = `${JSON.stringify(parsed, null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(manifest, after);
} else if (JSON.stringify(JSON.parse(before)) !== JSON.stringify(parsed)) {
  console.error('the settings in package.json are not those of docs/configuration.md: run `npm run settings`');
  process.exitCode = 1;
}
