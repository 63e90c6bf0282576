// What the user can do by name; each is a request to the server or a setting.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';
import { hasModel, setKey, setUp, switchModel, testModel } from './models';
import { registerPrompt, showPrompt } from './prompt';
import { openSample } from './sample';

/** What `firesteel.metrics` returns, as far as it is shown. */
interface Metrics {
  shown: number;
  accepted: number;
  partially_accepted: number;
  typed: number;
  after_30_seconds: { looked_for: number; retained: number };
}

/** Where an instruction applies. */
function place(firesteel: Firesteel): object | undefined {
  const editor = vscode.window.activeTextEditor;
  const convert = firesteel.client?.code2ProtocolConverter;
  if (!editor || !convert) return undefined;
  const { document, selection } = editor;
  return { uri: convert.asUri(document.uri), version: document.version, range: convert.asRange(selection) };
}

/** Asks for an instruction in plain words and gives it to a command of the server; first of all there must be a model for it. */
async function instruct(firesteel: Firesteel, command: string, prompt: string): Promise<void> {
  if (!(await hasModel(firesteel, 'edit'))) return;
  const at = place(firesteel);
  const instruction = at && (await vscode.window.showInputBox({ prompt }));
  if (instruction) await firesteel.execute(command, { ...at, instruction });
}

/** Makes the last edit once more at its next place behind the cursor or in another open file; the server moves the cursor there. */
async function goToNextEdit(firesteel: Firesteel): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const convert = firesteel.client?.code2ProtocolConverter;
  if (!editor || !convert) return;
  const position = convert.asPosition(editor.selection.active);
  await firesteel.execute('firesteel.nextEdit', { uri: convert.asUri(editor.document.uri), position });
}

async function why(firesteel: Firesteel): Promise<void> {
  if (firesteel.problem) return firesteel.tellProblem(`no suggestion, since ${firesteel.problem}`);
  const uri = vscode.window.activeTextEditor?.document.uri;
  const reason = uri && (await firesteel.execute<string>('firesteel.whyNoSuggestion', uri.toString()));
  void vscode.window.showInformationMessage(`Firesteel: ${reason ?? 'nothing was held back'}`);
}

/** Suggests nothing for a while. */
async function snooze(firesteel: Firesteel): Promise<void> {
  const choices = [
    ...[5, 15, 60].map((minutes) => ({ label: `For ${minutes} minutes`, minutes })),
    { label: 'Suggest again now', minutes: 0 },
  ];
  const chosen = await vscode.window.showQuickPick(choices, { title: 'Firesteel: snooze' });
  if (chosen) await firesteel.execute('firesteel.snooze', chosen.minutes);
}

/** Shows the suggestion statistics. */
async function metrics(firesteel: Firesteel): Promise<void> {
  const counts = await firesteel.execute<Metrics>('firesteel.metrics');
  if (!counts) return;
  const { looked_for, retained } = counts.after_30_seconds;
  void vscode.window.showInformationMessage(
    `Firesteel: ${counts.shown} shown, ${counts.accepted} accepted, ${counts.partially_accepted} accepted in part, ` +
      `${counts.typed} typed by hand; half a minute later ${retained} of ${looked_for} were still there`,
  );
}

async function menu(): Promise<void> {
  const commands = [
    ['$(question) Why no suggestion?', 'firesteel.why'],
    ['$(bell-slash) Snooze', 'firesteel.snoozeSuggestions'],
    ['$(edit) Edit with instruction', 'firesteel.editWithInstruction'],
    ['$(debug-stop) Cancel edits', 'firesteel.cancelEdits'],
    ['$(debug-step-back) Redirect the edit', 'firesteel.redirectEdit'],
    ['$(discard) Revert last edit', 'firesteel.revertEdit'],
    ['$(graph) Show suggestion statistics', 'firesteel.showMetrics'],
    ['$(eye) Show what was sent', 'firesteel.showSent'],
    ['$(arrow-swap) Switch model', 'firesteel.switchModel'],
    ['$(add) Set up a model', 'firesteel.setUpModel'],
    ['$(beaker) Test the model', 'firesteel.tryModel'],
    ['$(key) Set API key', 'firesteel.setKey'],
    ['$(refresh) Restart the server', 'firesteel.restart'],
    ['$(output) Show log', 'firesteel.showLog'],
  ].map(([label, command]) => ({ label, command }));
  const chosen = await vscode.window.showQuickPick(commands, { title: 'Firesteel' });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

export function registerCommands(firesteel: Firesteel): vscode.Disposable[] {
  // The client itself registers the server's commands under their own names, so these have others.
  const commands: Record<string, () => unknown> = {
    'firesteel.menu': menu,
    'firesteel.openSample': openSample,
    'firesteel.why': () => why(firesteel),
    'firesteel.cancelEdits': () => firesteel.execute('firesteel.cancel'),
    'firesteel.editWithInstruction': () => instruct(firesteel, 'firesteel.edit', 'What is to be done here?'),
    'firesteel.goToNextEdit': () => goToNextEdit(firesteel),
    'firesteel.redirectEdit': () => instruct(firesteel, 'firesteel.redirect', 'What is to be done instead?'),
    'firesteel.revertEdit': () => firesteel.execute('firesteel.revert'),
    'firesteel.restart': () => firesteel.restart(),
    'firesteel.showMetrics': () => metrics(firesteel),
    'firesteel.showLog': () => firesteel.showLog(),
    'firesteel.showSent': () => showPrompt(firesteel),
    'firesteel.setKey': () => setKey(firesteel),
    'firesteel.setUpModel': () => setUp(firesteel),
    'firesteel.snoozeSuggestions': () => snooze(firesteel),
    'firesteel.switchModel': () => switchModel(firesteel),
    'firesteel.tryModel': () => testModel(firesteel),
  };
  const registered = Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run));
  return [...registered, registerPrompt()];
}
