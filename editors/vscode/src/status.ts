// The item in the status bar: who answers, how fast, and what is wrong.

import * as vscode from 'vscode';

import type { Firesteel } from './extension';

/** Who is asked in a role, as docs/protocol.md names it. */
export interface RoleStatus {
  name: string | null;
  model: string | null;
  how?: string;
  state: 'untried' | 'ready' | 'starting' | 'away' | 'refused' | 'embedded' | 'shut down' | 'none';
  why: string | null;
  answering: 'hosted' | 'embedded' | null;
}

/** What `firesteel.status` returns and `firesteel/status` tells, as docs/protocol.md names it. */
interface Status {
  roles: Record<string, RoleStatus>;
  silence?: string | null;
  quota?: { limit_reached?: boolean; used_percent?: number | null; pause_seconds?: number | null } | null;
  local?: { indexing: string | null; left_out?: string | null };
  snoozed_minutes?: number | null;
  outside?: { tokens_per_second?: number };
}

/** Whether a model is configured for a role and does not answer. */
export function isOut(role: RoleStatus): boolean {
  return role.state === 'away' || role.state === 'refused';
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
    const { complete } = status.roles;
    const isHosted = complete.answering === 'hosted';
    const who = isHosted ? (complete.model ?? 'hosted') : 'local';
    const rate = (isHosted && status.outside?.tokens_per_second) || 0;
    // A model is configured, but the embedded engine stands in for it.
    const isAway = isOut(complete);
    const isBusy = complete.state === 'starting' || status.local?.indexing;
    const snoozed = status.snoozed_minutes ?? 0;
    const icon = snoozed > 0 ? '$(bell-slash)' : isAway ? '$(debug-disconnect)' : isBusy ? '$(sync~spin)' : complete.state === 'untried' ? '$(circle-outline)' : '$(flame)';
    this.item.text = `${icon} Firesteel: ${who}${rate > 0 ? ` ${Math.round(rate)} tok/s` : ''}`;
    const { limit_reached, used_percent: used, pause_seconds: pause } = status.quota ?? {};
    this.item.tooltip = [
      ...Object.entries(status.roles)
        .filter(([, role]) => role.state !== 'none')
        .map(([name, role]) => `${name}: ${role.model}${role.state === 'embedded' ? '' : `, ${role.why ? `${role.state}: ${role.why}` : role.state}`}`),
      complete.state === 'embedded' && 'The embedded engine completes; for that nothing leaves this machine',
      status.local?.left_out,
      limit_reached ? 'The quota is used up' : typeof used === 'number' && `${Math.round(used)} % of the quota is used`,
      typeof pause === 'number' && `The endpoint wants no request until ${new Date(Date.now() + pause * 1000).toLocaleTimeString()}`,
      snoozed > 0 && `Snoozed for ${snoozed} min`,
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
