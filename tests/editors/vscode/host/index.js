// What pixels cannot show, tried inside the extension host with VS Code's own programming interface.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const STATE_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

async function wait(what, state) {
  const end = Date.now() + STATE_TIMEOUT_MS;
  while (Date.now() < end) {
    const value = await state();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${what} did not come within ${STATE_TIMEOUT_MS} ms`);
}

const folder = () => vscode.workspace.workspaceFolders[0].uri;

async function open(name) {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder(), name));
  return vscode.window.showTextDocument(document);
}

/** Does something that restarts the server, and waits for the new one. */
async function restarted(firesteel, act) {
  const old = firesteel.client;
  await act();
  await wait('another server', () => firesteel.client && firesteel.client !== old);
  return firesteel.client;
}

/** Puts the cursor on the first place of a text. */
function goTo(editor, text) {
  const place = editor.document.positionAt(editor.document.getText().indexOf(text));
  editor.selection = new vscode.Selection(place, place);
  return place;
}

const tests = {
  async 'each command of the manifest is registered'(firesteel) {
    const registered = await vscode.commands.getCommands(true);
    const wanted = firesteel.context.extension.packageJSON.contributes.commands.map(({ command }) => command);
    assert.deepEqual(wanted.filter((command) => !registered.includes(command)), []);
  },

  async 'a suggestion is asked for and committed'() {
    const editor = await open('src/lib.rs');
    const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
    editor.selection = new vscode.Selection(end, end);
    const line = 'pub fn checked_margin(shape: &Shape) -> R';
    await vscode.commands.executeCommand('type', { text: line });
    await wait('the accepted text', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      return editor.document.getText().includes(`${line}esult`);
    });
  },

  async 'providers say what the server says, and none opens the menu'() {
    const { document } = await open('report.py');
    const place = goTo(vscode.window.activeTextEditor, 'total(');
    const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, place);
    const said = hovers.flatMap(({ contents }) => contents.map(({ value }) => value)).join('\n');
    assert.match(said, /def total\(rows, currency="EUR"\)/);
    const menu = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, place, ' ');
    assert.deepEqual(menu.items.filter(({ detail }) => detail === 'Firesteel'), []);
  },

  async 'a code action edits the document and is undone'() {
    const editor = await open('report.py');
    const before = editor.document.getText();
    const at = goTo(editor, 'total(');
    const range = new vscode.Range(at, at);
    const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', editor.document.uri, range);
    const { command } = actions.find(({ title }) => title.startsWith('Document this'));
    await vscode.commands.executeCommand(command.command, ...command.arguments);
    await wait('the docstring', () => /def total\(.*\):\n\s+"""/.test(editor.document.getText()));
    await wait('the text as it was', async () => {
      await vscode.commands.executeCommand('undo');
      return editor.document.getText() === before;
    });
  },

  async 'a setting reaches the server, which goes on'(firesteel) {
    const { client } = firesteel;
    const configuration = vscode.workspace.getConfiguration('firesteel');
    const set = (value) => configuration.update('suggest.max_lines', value, vscode.ConfigurationTarget.Workspace);
    const inForce = async () => {
      const { settings } = await firesteel.execute('firesteel.configuration');
      assert.ok(!('serverPath' in settings));
      return settings['suggest.max_lines'].value;
    };
    const before = await inForce();
    await set(1);
    await wait('the setting', async () => (await inForce()) === 1);
    await set(undefined);
    await wait('the setting as it was', async () => (await inForce()) === before);
    assert.equal(firesteel.client, client);
  },

  async 'the key goes to the server from the secret storage, and is in no setting'(firesteel) {
    const key = 'sk-of-the-tests';
    await firesteel.context.secrets.store('firesteel.model.key', key);
    const client = await restarted(firesteel, () => vscode.commands.executeCommand('firesteel.restart'));
    assert.equal(client.clientOptions.initializationOptions['model.key'], key);
    assert.ok(!JSON.stringify(vscode.workspace.getConfiguration('firesteel')).includes(key));
    assert.ok(!readFileSync(join(folder().fsPath, '.vscode/settings.json'), 'utf8').includes(key));
    await firesteel.context.secrets.delete('firesteel.model.key');
    const without = await restarted(firesteel, () => vscode.commands.executeCommand('firesteel.restart'));
    assert.ok(!('model.key' in without.clientOptions.initializationOptions));
  },

  async 'several restarts at once are one'(firesteel) {
    const seen = new Set();
    await restarted(firesteel, () => [1, 2, 3].forEach(() => firesteel.restart()));
    for (let poll = 0; poll < 20; poll += 1) {
      seen.add(firesteel.client);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    assert.equal(seen.size, 1);
  },
};

exports.run = async () => {
  const firesteel = await vscode.extensions.getExtension('firesteel.firesteel').activate();
  await open('src/lib.rs');
  await wait('the server', () => firesteel.client);
  const failed = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(firesteel);
      console.log(`pass ${name}`);
    } catch (error) {
      failed.push(`${name}: ${error.stack}`);
    }
  }
  if (failed.length > 0) throw new Error(failed.join('\n'));
};
