// Starts the server, keeps it running with the settings of the moment, and registers what the user can do.

import * as vscode from 'vscode';
import { LanguageClient, State } from 'vscode-languageclient/node';

import { registerCommands } from './commands';
import { GrowingGhostText } from './ghost';
import { serverCommand } from './server';
import { readChange, readSettings } from './settings';
import { StatusItem } from './status';

/** Files, and texts that have none yet, of every language; no output, no terminal, no side of a comparison. */
const SCHEMES = ['file', 'untitled', 'vscode-remote', 'vscode-notebook-cell'];

/** How long after a change of the settings the server is told, so that several changes make one. */
const CHANGE_DELAY_MS = 300;

/** The library tells of one failed start in several messages. Here it only writes its log, and we tell the user once. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** The running server, and the only place that starts and stops it. */
export class Firesteel implements vscode.Disposable {
  client?: LanguageClient;
  private changing?: NodeJS.Timeout;
  private restartsSoon = false;
  private queue: Promise<void> = Promise.resolve();
  private readonly status = new StatusItem(this);
  private readonly output = vscode.window.createOutputChannel('Firesteel', { log: true });

  constructor(readonly context: vscode.ExtensionContext) {}

  start(): Promise<void> {
    return this.enqueue(() => this.startNow());
  }

  /** Restarts soon; further calls until then are part of the same restart. */
  restart(): void {
    this.soon(true);
  }

  /** Tells the server of its settings soon; further calls until then are part of the same change. */
  settingsChanged(): void {
    this.soon(false);
  }

  /** Tells the server of its settings and of what its files may say now; it takes them on without a restart. */
  tellSettings(): Promise<void> {
    return this.enqueue(async () => {
      if (!this.client) return this.startNow();
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings: await readChange(this.context) });
      await this.status.refresh();
    });
  }

  private soon(restarts: boolean): void {
    clearTimeout(this.changing);
    this.restartsSoon ||= restarts;
    this.changing = setTimeout(() => void (this.restartsSoon ? this.restartNow() : this.tellSettings()), CHANGE_DELAY_MS);
  }

  private restartNow(): Promise<void> {
    clearTimeout(this.changing);
    this.restartsSoon = false;
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    clearTimeout(this.changing);
    return this.enqueue(() => this.stopNow());
  }

  showLog(): void {
    this.output.show();
  }

  /** Sends a command to the server; undefined when it does not run, or refuses, which is then said. */
  async execute<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    const provider = this.client?.initializeResult?.capabilities.executeCommandProvider;
    if (!this.client || !provider?.commands.includes(command)) {
      void vscode.window.showWarningMessage(`Firesteel: this server has no ${command}`);
      return undefined;
    }
    try {
      return await this.client.sendRequest<T>('workspace/executeCommand', { command, arguments: args });
    } catch (error) {
      void vscode.window.showWarningMessage(`Firesteel: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  dispose(): void {
    clearTimeout(this.changing);
    this.status.dispose();
    this.output.dispose();
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step).catch((error: unknown) => this.fail(String(error)));
    return this.queue;
  }

  private fail(why: string): void {
    this.status.fail(why);
    this.output.error(why);
    void vscode.window.showErrorMessage(`Firesteel: ${why}`, 'Show Log').then((choice) => choice && this.showLog());
  }

  private async startNow(): Promise<void> {
    const command = serverCommand(this.context);
    const ghost = new GrowingGhostText();
    const client: LanguageClient = new QuietClient('firesteel', 'Firesteel', { command, args: ['lsp'] }, {
      documentSelector: SCHEMES.map((scheme) => ({ scheme })),
      initializationOptions: await readSettings(this.context),
      outputChannel: this.output,
      initializationFailedHandler: () => false,
      middleware: {
        // The server is told of our settings as we read them: VS Code's own answer has a workspace's that the user does not trust.
        workspace: { configuration: async ({ items }) => Promise.all(items.map(() => readChange(this.context))), didChangeConfiguration: async () => undefined },
        provideInlineCompletionItems: (document, position, context) => ghost.provide(client, document, position, context),
      },
    });
    takeStatus(client);
    client.onNotification('firesteel/status', (status) => this.status.show(status));
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client) this.fail('the server has stopped');
    });
    await client.start();
    this.client = client;
    // Only now, for what is typed before the providers are there shows nothing, and tests wait for this item.
    await this.status.refresh();
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }
}

/** Says that we want to be told how the server is. */
function takeStatus(client: LanguageClient): void {
  client.registerFeature({
    fillClientCapabilities: (capabilities) => {
      capabilities.experimental = { ...(capabilities.experimental as object | undefined), firesteelStatus: true };
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  });
}

let firesteel: Firesteel | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Firesteel> {
  firesteel = new Firesteel(context);
  context.subscriptions.push(firesteel, ...registerCommands(firesteel));
  const changed = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('firesteel.serverPath')) firesteel?.restart();
    else if (event.affectsConfiguration('firesteel')) firesteel?.settingsChanged();
  });
  const trusted = vscode.workspace.onDidGrantWorkspaceTrust(() => firesteel?.settingsChanged());
  context.subscriptions.push(changed, trusted);
  await firesteel.start();
  return firesteel;
}

export async function deactivate(): Promise<void> {
  await firesteel?.stop();
}
