// Starts the server, keeps it running with the settings of the moment, and registers what the user can do.

import * as vscode from 'vscode';
import { LanguageClient, State } from 'vscode-languageclient/node';

import { registerCommands } from './commands';
import { GrowingGhostText } from './ghost';
import { isToRead, Reader } from './reader';
import { chooseServer, findServer, installServer, NoServer } from './server';
import { readChange, readSettings } from './settings';
import { StatusItem } from './status';

/** Files, and texts that have none yet, of every language; no output, no terminal, no side of a comparison. */
const SCHEMES = ['file', 'untitled', 'vscode-remote', 'vscode-notebook-cell'];

/** How long a server that stopped may take to be started again before the user is told. */
const RETURN_MS = 5_000;

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
  /** Why no server runs, in words for the user; undefined while one does. */
  problem?: string;
  private changing?: NodeJS.Timeout;
  private restartsSoon = false;
  private isMissing = false;
  private queue: Promise<void> = Promise.resolve();
  private readonly status = new StatusItem(this);
  private readonly reader = new Reader();
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
    if (this.problem || !this.client) {
      void this.tellProblem(this.problem ?? 'the server has not started yet');
      return undefined;
    }
    if (!this.client.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command)) {
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

  /** Says why no server runs, with what can be done about it. */
  async tellProblem(why: string): Promise<void> {
    const actions: Record<string, () => unknown> = {
      ...(this.isMissing
        ? { 'Choose…': chooseServer, 'Install…': () => installServer(this.context, () => this.restart()) }
        : { Restart: () => this.restart() }),
      'Open Log': () => this.showLog(),
    };
    const chosen = await vscode.window.showErrorMessage(`Firesteel: ${why}`, ...Object.keys(actions));
    if (chosen) await actions[chosen]();
  }

  dispose(): void {
    clearTimeout(this.changing);
    this.status.dispose();
    this.reader.dispose();
    this.output.dispose();
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step).catch((error: unknown) => {
      this.isMissing = error instanceof NoServer;
      const why = error instanceof Error ? error.message : String(error);
      this.fail(why);
      void this.tellProblem(why);
    });
    return this.queue;
  }

  private fail(why: string): void {
    this.problem = why;
    this.status.fail(why);
    this.output.error(why);
  }

  /** A server that ended by itself is started again by the library, a few times; only when it stays away the user is told. */
  private watch(client: LanguageClient): vscode.Disposable {
    return client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Running) {
        this.problem = undefined;
        void this.status.refresh();
      }
      if (newState !== State.Stopped) return;
      const why = 'the server has stopped';
      this.fail(why);
      setTimeout(() => this.client === client && this.problem === why && void this.tellProblem(why), RETURN_MS);
    });
  }

  private async startNow(): Promise<void> {
    this.isMissing = false;
    const command = await findServer(this.context);
    const ghost = new GrowingGhostText();
    const client: LanguageClient = new QuietClient('firesteel', 'Firesteel', { command, args: ['lsp'] }, {
      documentSelector: SCHEMES.map((scheme) => ({ scheme })),
      initializationOptions: await readSettings(this.context),
      outputChannel: this.output,
      initializationFailedHandler: () => false,
      middleware: {
        // The server is told of our settings as we read them: VS Code's own answer has a workspace's that the user does not trust.
        workspace: { configuration: async ({ items }) => Promise.all(items.map(() => readChange(this.context))), didChangeConfiguration: async () => undefined },
        window: { showDocument: (params, token, next) => (isToRead(params) ? this.reader.show(vscode.Uri.parse(params.uri)) : next(params, token)) },
        provideInlineCompletionItems: (document, position, context) => ghost.provide(client, document, position, context),
      },
    });
    takeStatus(client);
    client.onNotification('firesteel/status', (status) => this.status.show(status));
    this.watch(client);
    await client.start();
    this.client = client;
    this.problem = undefined;
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
