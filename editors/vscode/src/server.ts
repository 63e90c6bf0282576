// Which server is started.

import { existsSync } from 'node:fs';
import * as vscode from 'vscode';

/** The environment's path, the setting's, the bundled one, or the one on the PATH. */
export function serverCommand(context: vscode.ExtensionContext): string {
  const fromEnvironment = process.env.FIRESTEEL_SERVER_PATH;
  if (fromEnvironment) return fromEnvironment;
  // VS Code leaves the workspace's own value out as long as the workspace is not trusted: see package.json.
  const fromSettings = vscode.workspace.getConfiguration('firesteel').get<string | null>('serverPath');
  if (fromSettings) return fromSettings;
  const name = process.platform === 'win32' ? 'firesteel.exe' : 'firesteel';
  const bundled = context.asAbsolutePath(`server/${name}`);
  return existsSync(bundled) ? bundled : name;
}
