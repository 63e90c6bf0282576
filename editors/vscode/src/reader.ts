// Texts to read, such as an explanation: rendered beside the code, in one panel, while the focus stays in the code.

import * as vscode from 'vscode';
import { ShowDocumentParams, ShowDocumentResult } from 'vscode-languageclient';

/** Whether a document is only to be read: it has no place to go to, and is not to take the focus. */
export function isToRead(params: ShowDocumentParams): boolean {
  return !params.external && !params.takeFocus && !params.selection && params.uri.endsWith('.md');
}

/** Where texts to read are shown. VS Code's own preview would take the focus, and what is typed then would be lost. */
export class Reader implements vscode.Disposable {
  private panel?: vscode.WebviewPanel;

  async show(uri: vscode.Uri): Promise<ShowDocumentResult> {
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      this.fill(titleOf(uri), await vscode.commands.executeCommand<string>('markdown.api.render', text));
    } catch {
      // Without VS Code's Markdown extension it is shown as it is.
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
    }
    return { success: true };
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private fill(title: string, html: string): void {
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel('firesteel.reader', title, beside, { enableFindWidget: true });
      this.panel.onDidDispose(() => (this.panel = undefined));
    } else if (!this.panel.visible) {
      this.panel.reveal(undefined, true);
    }
    this.panel.title = title;
    // A model wrote it: nothing in it is run or fetched.
    const policy = `default-src 'none'; style-src 'unsafe-inline'`;
    this.panel.webview.html = `<!DOCTYPE html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><style>${STYLE}</style></head><body>${html}</body></html>`;
  }
}

const STYLE = 'body { font-size: var(--vscode-font-size); line-height: 1.5; } pre { overflow-x: auto; } code { font-family: var(--vscode-editor-font-family); }';

/** What a file's name says, without the characters at its end that make it unique. */
function titleOf(uri: vscode.Uri): string {
  const name = uri.path.split('/').pop() ?? '';
  return name.replace(/-[^-]*\.md$/, '').replaceAll('-', ' ');
}
