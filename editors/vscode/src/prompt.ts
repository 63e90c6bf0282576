// What was sent to models, as a document that can only be read. Its scheme is none of those that the server is told of.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';

/** What `firesteel.showPrompt` returns, as far as it is shown. */
interface Sent {
  prompts: unknown[];
  markdown: string;
}

const SCHEME = 'firesteel-prompt';
const PAGE = vscode.Uri.from({ scheme: SCHEME, path: '/What was sent.md' });

/** The page as it was last asked for; VS Code keeps nothing of it on the disk. */
class Page implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private text = '';

  provideTextDocumentContent(): string {
    return this.text;
  }

  show(text: string): void {
    this.text = text;
    this.changed.fire(PAGE);
  }
}

const page = new Page();

export function registerPrompt(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, page);
}

/** Shows the last prompts that were sent to models, newest first; where there were none, says so. */
export async function showPrompt(firesteel: Firesteel): Promise<void> {
  const sent = await firesteel.execute<Sent>('firesteel.showPrompt');
  if (!sent) return;
  if (sent.prompts.length === 0) {
    void vscode.window.showInformationMessage(sent.markdown.trim());
    return;
  }
  page.show(sent.markdown);
  const document = await vscode.workspace.openTextDocument(PAGE);
  await vscode.window.showTextDocument(document, { preview: true });
}
