// Which model answers: setting one up, choosing another one for the session, and the key of `model`.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';
import { findServer } from './server';
import { KEY } from './settings';
import { isOut, type RoleStatus } from './status';

/** What `firesteel.models` and `firesteel.useModel` return, as docs/protocol.md names it. */
interface Models {
  roles: Record<string, RoleStatus>;
  models: { name: string; model?: string; how?: string; state: string; why: string | null; roles: string[] }[];
}

const SETUP = 'Set Up a Model';

/** Runs `firesteel setup` in a terminal, which asks before it sends or writes anything; the server then takes what it wrote. */
export async function setUp(firesteel: Firesteel): Promise<void> {
  const shellPath = await findServer(firesteel.context).catch((error: Error) => void firesteel.tellProblem(error.message));
  if (!shellPath) return;
  const terminal = vscode.window.createTerminal({ name: 'Firesteel: Set Up a Model', shellPath, shellArgs: ['setup'] });
  const closed = vscode.window.onDidCloseTerminal(async (other) => {
    if (other !== terminal) return;
    closed.dispose();
    if (terminal.exitStatus?.code !== 0) return;
    await firesteel.tellSettings();
    await firesteel.execute('firesteel.testModel');
  });
  firesteel.context.subscriptions.push(closed);
  terminal.show();
}

/** Has another of the configured models asked first, for as long as the server runs. */
export async function switchModel(firesteel: Firesteel): Promise<void> {
  const listed = await firesteel.execute<Models>('firesteel.models');
  if (!listed) return;
  const items = listed.models.map((entry) => ({
    label: entry.name,
    description: [entry.model !== entry.name && entry.model, entry.state].filter(Boolean).join(', '),
    detail: [entry.roles.join(', '), entry.why ?? entry.how].filter(Boolean).join(': '),
    isUsable: entry.state !== 'unusable',
  }));
  const setup = { label: `$(add) ${SETUP}…`, description: '', detail: '', isUsable: true };
  const chosen = await vscode.window.showQuickPick([...items, setup], { title: 'Which model?' });
  if (!chosen) return;
  if (chosen === setup) return setUp(firesteel);
  if (!chosen.isUsable) {
    void vscode.window.showWarningMessage(`Firesteel: ${chosen.label} is not used: ${chosen.detail}`);
    return;
  }
  const everything = 'everything';
  const role = await vscode.window.showQuickPick([everything, ...Object.keys(listed.roles)], { title: `${chosen.label}, for` });
  if (!role) return;
  const argument = role === everything ? { model: chosen.label } : { model: chosen.label, role };
  if (await firesteel.execute<Models>('firesteel.useModel', argument)) {
    void vscode.window.showInformationMessage(`Firesteel: ${chosen.label} is asked for ${role} until the server restarts; settings are as they were`);
  }
}

/** Keeps the key of `model` in the secret storage, has the server take it, and tries it. */
export async function setKey(firesteel: Firesteel): Promise<void> {
  const key = await vscode.window.showInputBox({ prompt: 'The key of the model in the settings firesteel.model; empty to forget it', password: true });
  if (key === undefined) return;
  await (key ? firesteel.context.secrets.store(KEY, key) : firesteel.context.secrets.delete(KEY));
  await firesteel.tellSettings();
  if (!key) {
    void vscode.window.showInformationMessage('Firesteel: the key is forgotten');
    return;
  }
  const listed = await firesteel.execute<Models>('firesteel.models');
  if (listed?.models.some((entry) => entry.name === 'model')) {
    await firesteel.execute('firesteel.testModel', { model: 'model' });
    return;
  }
  const chosen = await vscode.window.showWarningMessage('Firesteel: the key is kept, but no model uses it: set firesteel.model.preset', 'Open Settings', SETUP);
  if (chosen === SETUP) await setUp(firesteel);
  if (chosen === 'Open Settings') await vscode.commands.executeCommand('workbench.action.openSettings', 'firesteel.model.preset');
}

/** Whether a model is configured for a role; where none is, that is said, with the way to one. */
export async function hasModel(firesteel: Firesteel, role: string): Promise<boolean> {
  const listed = await firesteel.execute<Models>('firesteel.models');
  if (!listed) return false;
  const status = listed.roles[role];
  if (status && (status.answering === 'hosted' || isOut(status))) return true;
  void vscode.window
    .showInformationMessage(`Firesteel: this needs a model, and none is configured for ${role}`, SETUP)
    .then((chosen) => chosen && setUp(firesteel));
  return false;
}

/** Tries a model with a real request; the server says what came of it. */
export async function testModel(firesteel: Firesteel): Promise<void> {
  const listed = await firesteel.execute<Models>('firesteel.models');
  if (!listed) return;
  if (!Object.values(listed.roles).some((role) => role.answering === 'hosted' || isOut(role))) {
    const chosen = await vscode.window.showInformationMessage('Firesteel: no model is configured; the embedded engine answers', SETUP);
    if (chosen) await setUp(firesteel);
    return;
  }
  await firesteel.execute('firesteel.testModel');
}
