// The item in the status bar: who answers, how fast, and what is wrong.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';

/** What `firesteel.status` returns and `firesteel/status` tells, as docs/protocol.md names it. */
interface Status {
  answering: string;
  hosted: 'idle' | 'connecting' | 'ready' | 'disconnected' | 'shut down' | null;
  why: string | null;
  model: string | null;
  silence?: string | null;
  quota?: { limit_reached?: boolean; used_percent?: number | null; pause_seconds?: number | null } | null;
  local?: { indexing: string | null };
  outside?: { tokens_per_second?: number };
}

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('firesteel.status', vscode.StatusBarAlignment.Right);

  constructor(private readonly firesteel: Firesteel) {
    this.item.name = 'Firesteel';
    this.item.command = 'firesteel.menu';
  }

  async refresh(): Promise<void> {
    const status = await this.firesteel.execute<Status>('firesteel.status');
    if (status) this.show(status);
  }

  show(status: Status): void {
    const isHosted = status.answering === 'hosted';
    const who = isHosted ? (status.model ?? 'hosted') : 'local';
    const rate = (isHosted && status.outside?.tokens_per_second) || 0;
    // A hosted model is configured, but the embedded engine stands in for it.
    const isAway = status.hosted !== null && (!isHosted || status.hosted === 'disconnected');
    const icon = isAway ? '$(debug-disconnect)' : status.local?.indexing ? '$(sync~spin)' : '$(flame)';
    this.item.text = `${icon} Firesteel: ${who}${rate > 0 ? ` ${Math.round(rate)} tok/s` : ''}`;
    const { limit_reached, used_percent: used, pause_seconds: pause } = status.quota ?? {};
    this.item.tooltip = [
      status.hosted
        ? `${status.model}: ${status.why ?? status.hosted}`
        : 'The embedded engine answers; nothing leaves this machine',
      limit_reached ? 'The quota is used up' : typeof used === 'number' && `${Math.round(used)} % of the quota is used`,
      typeof pause === 'number' && `The endpoint wants no request until ${new Date(Date.now() + pause * 1000).toLocaleTimeString()}`,
      status.silence && `No suggestion: ${status.silence}`,
    ]
      .filter(Boolean)
      .join('\n');
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
    this.item.dispose();
  }
}
