// Ghost text that grows while the model writes. VS Code takes no partial results, so the request is made with a token
// of ours, the first partial result is the answer, and the whole one makes VS Code ask again and get it from here.

import * as vscode from 'vscode';
import {
  InlineCompletionItem,
  InlineCompletionRequest,
  LanguageClient,
  ProgressType,
} from 'vscode-languageclient/node';

const PARTIAL = new ProgressType<InlineCompletionItem[]>();

/** One request and what has come of it so far. */
interface Stream {
  place: string;
  items?: InlineCompletionItem[];
  /** What VS Code has been given of them. */
  given?: InlineCompletionItem[];
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
    const stream: Stream = { place, cancel: new vscode.CancellationTokenSource() };
    this.stream = stream;
    const params = client.code2ProtocolConverter.asInlineCompletionParams(document, position, context);
    // VS Code takes a trigger for answered by an explicit request, so nothing could grow after one: it waits for the whole.
    const canGrow = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    return give(stream, await this.items(client, stream, params, canGrow));
  }

  /** The first items that come, which grow later; or all of them. */
  private items(client: LanguageClient, stream: Stream, params: object, canGrow: boolean): Promise<InlineCompletionItem[] | undefined> {
    this.count += 1;
    const partialResultToken = `firesteel-ghost-${this.count}`;
    return new Promise((resolve) => {
      const progress = client.onProgress(PARTIAL, partialResultToken, (items) => {
        stream.items = items;
        if (canGrow) resolve(items);
      });
      const request = client.sendRequest(InlineCompletionRequest.method, { ...params, partialResultToken }, stream.cancel.token);
      void request
        .then((answer) => {
          const items = Array.isArray(answer) ? (answer as InlineCompletionItem[]) : [];
          // After partial results the answer itself is empty.
          if (items.length > 0) stream.items = items;
          if (canGrow) this.grow(stream);
        })
        .catch(() => undefined)
        .finally(() => {
          progress.dispose();
          resolve(stream.items);
        });
    });
  }

  /**
   * Makes VS Code ask again, unless the user is elsewhere by now, or it has all there is: a Tab must not fall between. Once
   * only, and without hiding what is shown, which has the lines below jump: of a place VS Code asks once by itself and once
   * because it is told to. It keeps what it shows and has the new text as the next one, so that one is chosen.
   */
  private grow(stream: Stream): void {
    if (this.stream !== stream || !stream.given || same(stream.given, stream.items)) return;
    void vscode.commands.executeCommand('editor.action.inlineSuggest.showNext');
  }
}

function same(given: InlineCompletionItem[], items: InlineCompletionItem[] = []): boolean {
  return given.length === items.length && given.every((item, index) => item.insertText === items[index].insertText);
}
