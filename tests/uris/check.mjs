// Holds the table of spellings, and what Firesteel writes, against Node's URL and VS Code's URIs.
//
// Usage: node check.mjs  (after `npm install vscode-uri` where Node finds it; tests/uris/run.sh does both)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { URI } = createRequire(`${process.cwd()}/`)('vscode-uri');
const rows = JSON.parse(readFileSync(new URL('spellings.json', import.meta.url), 'utf8'));

for (const row of rows) {
    const path = `/w/${row.name}`;
    const spelled = (editor) => `file:///w/${row[editor]}`;
    assert.equal(URI.file(path).toString(), spelled('vscode'), 'what VS Code writes');
    // What Firesteel writes of a file that is not open.
    const strict = spelled('strict');
    assert.equal(fileURLToPath(strict), path);
    assert.equal(URI.parse(strict, true).fsPath, path);
    assert.equal(URI.parse(strict).toString(), spelled('vscode'));
    assert.equal(fileURLToPath(new URL(strict)), fileURLToPath(pathToFileURL(path)));
    for (const editor of ['vscode', 'neovim', 'helix', 'eglot', 'lsp-mode']) {
        assert.equal(fileURLToPath(spelled(editor)), path, `${editor} as Node reads it`);
        assert.equal(URI.parse(spelled(editor)).fsPath, path, `${editor} as VS Code reads it`);
    }
}
console.log(`uris: ${rows.length} names in every spelling`);
