// A text to try suggestions in, for who has no code open yet.

import * as vscode from 'vscode';

const SAMPLE = `# Type a space at the end of the last line: the rest appears in grey, and Tab takes it.


def parse_width(text):
    value = text.strip()
    if not value:
        raise ValueError("the width is missing")
    return int(value)


def parse_height(text):
    value = text.strip()
    if not value:
        raise ValueError("the height is missing")
    return int(value)


def parse_depth(text):
    value =`;

/** Opens it beside nothing, as an untitled text, with the cursor where the next key has a suggestion. */
export async function openSample(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content: SAMPLE });
  const end = document.lineAt(document.lineCount - 1).range.end;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
}
