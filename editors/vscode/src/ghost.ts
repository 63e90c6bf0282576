// Ghost text that grows while the model writes. VS Code takes no partial results, so the request is made with a token
// of ours, the first partial result is the answer, and later ones make VS Code ask again and get them from here.

import * as vscode from 'vscode';
import {
  InlineCompletionItem,
  InlineCompletionRequest,
  LanguageClient,
  ProgressType,
} from 'vscode-languageclient/node';

/** How long VS Code is left alone between two of our triggers: each redraws the ghost text. */
const GROW_INTERVAL_MS = 150;

const PARTIAL = new ProgressType<InlineCompletionItem[]>();

/** One request and what has come of it so far. */
interface Stream {
  place: string;
  items?: InlineCompletionItem[];
  /** What VS Code has been given of them. */
  given?: InlineCompletionItem[];
  grownAt: number;
  cancel: vscode.CancellationTokenSource;
}

export class GrowingGhostText {
  private stream?: Stream;
  private count = 0;

  async provide(
    client: LanguageClient,
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
  ): Promise<vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined> {
    const place = `${document.uri} ${document.version} ${position.line}:${position.character}`;
    const give = (stream: Stream, items?: InlineCompletionItem[]) => {
      stream.given = items;
      return client.protocol2CodeConverter.asInlineCompletionResult(items ?? null);
    };
    if (this.stream?.place === place && this.stream.items) return give(this.stream, this.stream.items);
    this.stream?.cancel.cancel();
    const stream: Stream = { place, grownAt: 0, cancel: new vscode.CancellationTokenSource() };
    this.stream = stream;
    const params = client.code2ProtocolConverter.asInlineCompletionParams(document, position, context);
    return give(stream, await this.firstItems(client, stream, params));
  }

  private firstItems(client: LanguageClient, stream: Stream, params: object): Promise<InlineCompletionItem[] | undefined> {
    this.count += 1;
    const partialResultToken = `firesteel-ghost-${this.count}`;
    return new Promise((resolve) => {
      const progress = client.onProgress(PARTIAL, partialResultToken, (items) => {
        const isFirst = !stream.items;
        stream.items = items;
        if (isFirst) resolve(items);
        else if (Date.now() - stream.grownAt > GROW_INTERVAL_MS) this.grow(stream);
      });
      const request = client.sendRequest(InlineCompletionRequest.method, { ...params, partialResultToken }, stream.cancel.token);
      void request
        .then((answer) => {
          const items = Array.isArray(answer) ? (answer as InlineCompletionItem[]) : [];
          // After partial results the answer itself is empty.
          if (items.length > 0) stream.items = items;
          if (stream.items) this.grow(stream);
        })
        .catch(() => undefined)
        .finally(() => {
          progress.dispose();
          resolve(stream.items);
        });
    });
  }

  /** Makes VS Code ask again, unless the user is elsewhere by now, or it has all there is: a Tab must not fall between. */
  private grow(stream: Stream): void {
    if (this.stream !== stream || !stream.given || same(stream.given, stream.items)) return;
    stream.grownAt = Date.now();
    // While something is shown VS Code takes a second request for the same place as answered.
    void vscode.commands
      .executeCommand('editor.action.inlineSuggest.hide')
      .then(() => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'));
  }
}

function same(given: InlineCompletionItem[], items: InlineCompletionItem[] = []): boolean {
  return given.length === items.length && given.every((item, index) => item.insertText === items[index].insertText);
}
