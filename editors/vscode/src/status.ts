// The item in the status bar: who answers, how fast, and what is wrong.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';

/** How often the server is asked how it is while the window has the focus. */
const REFRESH_MS = 3000;

/** What `firesteel.status` returns, as docs/protocol.md names it. */
interface Status {
  answering: string;
  hosted: 'idle' | 'connecting' | 'ready' | 'disconnected' | 'shut down' | null;
  why: string | null;
  model: string | null;
  local?: { indexing: string | null };
  embedded?: { tokens_per_second?: number };
  outside?: { tokens_per_second?: number };
}

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('firesteel.status', vscode.StatusBarAlignment.Right);
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly firesteel: Firesteel) {
    this.item.name = 'Firesteel';
    this.item.command = 'firesteel.menu';
    this.timer = setInterval(() => {
      if (vscode.window.state.focused && firesteel.client) void this.refresh();
    }, REFRESH_MS);
  }

  async refresh(): Promise<void> {
    const status = await this.firesteel.execute<Status>('firesteel.status');
    if (status) this.show(status);
  }

  show(status: Status): void {
    const isHosted = status.answering === 'hosted';
    const who = isHosted ? (status.model ?? 'hosted') : 'local';
    const rate = (isHosted ? status.outside : status.embedded)?.tokens_per_second ?? 0;
    // A hosted model is configured, but the embedded engine stands in for it.
    const isAway = status.hosted !== null && (!isHosted || status.hosted === 'disconnected');
    const icon = isAway ? '$(debug-disconnect)' : status.local?.indexing ? '$(sync~spin)' : '$(flame)';
    this.item.text = `${icon} Firesteel: ${who}${rate > 0 ? ` ${Math.round(rate)} tok/s` : ''}`;
    this.item.tooltip = status.hosted
      ? `${status.model}: ${status.why ?? status.hosted}`
      : 'The embedded engine answers; nothing leaves this machine';
    this.item.backgroundColor = isAway ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.show();
  }

  fail(why: string): void {
    this.item.text = '$(error) Firesteel';
    this.item.tooltip = why;
    this.item.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
    this.item.show();
  }

  dispose(): void {
    clearInterval(this.timer);
    this.item.dispose();
  }
}
