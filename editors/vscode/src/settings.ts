// The settings as the server takes them: what is set in VS Code, and the key from the secret storage.

import * as vscode from 'vscode';

/** The key's name in the secret storage. */
export const KEY = 'firesteel.model.key';

export async function readSettings(context: vscode.ExtensionContext): Promise<object> {
  const properties: Record<string, unknown> = context.extension.packageJSON.contributes.configuration.properties;
  const configuration = vscode.workspace.getConfiguration();
  const settings: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    // What the user did not set is null; the server knows its own defaults.
    const value = configuration.get<unknown>(name);
    if (name !== 'firesteel.serverPath' && value !== null) settings[name.replace(/^firesteel\./, '')] = value;
  }
  const key = await context.secrets.get(KEY);
  return key ? { ...settings, 'model.key': key } : settings;
}
