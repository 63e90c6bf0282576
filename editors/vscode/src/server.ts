// Which server is started, and what the user can do when there is none.

import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

const PROGRAM = process.platform === 'win32' ? 'firesteel.exe' : 'firesteel';

/** What the program answers to `--version`. */
const VERSION = /^firesteel \d+\.\d+/;
const VERSION_TIMEOUT_MS = 10_000;

/** Where installers put programs and a desktop's own environment does not look. */
const USUAL_FOLDERS = [join(homedir(), '.cargo', 'bin'), join(homedir(), '.local', 'bin'), '/opt/homebrew/bin', '/usr/local/bin'];

/** How the server can be installed, each by one line for a terminal. */
const INSTALLATIONS = [
  { label: 'pip', detail: 'Python', line: 'pip install --user firesteel' },
  { label: 'npm', detail: 'Node.js', line: 'npm install --global firesteel' },
  { label: 'Homebrew', detail: 'macOS and Linux', line: 'brew install firesteel/tap/firesteel' },
  { label: 'cargo', detail: 'built from source, which takes some minutes', line: 'cargo install --locked --git https://github.com/firesteel/firesteel firesteel' },
];

/** There is no server that could be started; the message says why, in words for the user. */
export class NoServer extends Error {}

/** The program that is to be started, after it has said that it is one. */
export async function findServer(context: vscode.ExtensionContext): Promise<string> {
  const program = locate(context);
  const said = await version(program);
  if (!VERSION.test(said)) throw new NoServer(`${program} is not Firesteel: to --version it says “${said.trim().split('\n')[0].slice(0, 80)}”`);
  return program;
}

/** The environment's path, the setting's, the bundled one, or the first on the PATH and in the usual folders. */
function locate(context: vscode.ExtensionContext): string {
  const chosen = [
    { path: process.env.FIRESTEEL_SERVER_PATH, by: '$FIRESTEEL_SERVER_PATH' },
    // VS Code leaves the workspace's own value out as long as the workspace is not trusted: see package.json.
    { path: vscode.workspace.getConfiguration('firesteel').get<string>('serverPath'), by: 'the setting firesteel.serverPath' },
  ].find(({ path }) => path);
  if (chosen?.path) {
    const path = isAbsolute(chosen.path) ? chosen.path : onPath(chosen.path) ?? chosen.path;
    if (!canRun(path)) throw new NoServer(`${chosen.by} names ${chosen.path}, which is no program that can be run`);
    return path;
  }
  const found = [context.asAbsolutePath(join('server', PROGRAM))].find(canRun) ?? onPath(PROGRAM);
  if (!found) throw new NoServer('the server is not installed: it came not with this extension, and is not on the PATH nor in ~/.cargo/bin or ~/.local/bin');
  return found;
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...USUAL_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(canRun);
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function version(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ['--version'], { timeout: VERSION_TIMEOUT_MS }, (error, stdout) => {
      if (error && !stdout) reject(new NoServer(`${program} cannot be run: ${error.message.split('\n')[0]}`));
      else resolve(stdout);
    });
  });
}

/** Has the user choose the program; the change of the setting starts it. */
export async function chooseServer(): Promise<void> {
  const [file] = (await vscode.window.showOpenDialog({ title: 'The Firesteel server', openLabel: 'Start this', canSelectMany: false })) ?? [];
  if (file) await vscode.workspace.getConfiguration('firesteel').update('serverPath', file.fsPath, vscode.ConfigurationTarget.Global);
}

/** Writes the line that installs the server into a terminal, where the user sends it; `done` when the terminal is closed. */
export async function installServer(context: vscode.ExtensionContext, done: () => void): Promise<void> {
  const items = INSTALLATIONS.map((way) => ({ ...way, description: way.line }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Install the Firesteel server by' });
  if (!chosen) return;
  const terminal = vscode.window.createTerminal({ name: 'Firesteel: Install' });
  const closed = vscode.window.onDidCloseTerminal((other) => {
    if (other !== terminal) return;
    closed.dispose();
    done();
  });
  context.subscriptions.push(closed);
  terminal.show();
  terminal.sendText(chosen.line, false);
}
