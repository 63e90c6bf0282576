--- The types of the server's settings, for completion in your configuration. Generated from the server; do not edit.

---@meta

---@class firesteel.Settings
---@field actions? firesteel.Settings.actions[] Your own code actions. Only you can define them, for their prompts are sent to a model that changes your code.
---@field edits? firesteel.Settings.edits Edits.
---@field hover? firesteel.Settings.hover Hovers.
---@field local? firesteel.Settings.local The embedded engine.
---@field log? firesteel.Settings.log The log.
---@field model? firesteel.Settings.model One model for every role that `roles` does not name a model for. In `roles` its name is `model`.
---@field models? table<string, firesteel.Settings.model> Models by names of your choice, for `roles`. Each takes the settings of `model`.
---@field privacy? firesteel.Settings.privacy What may help with other files.
---@field roles? firesteel.Settings.roles Which models answer: one name or a list of names, the most wanted first. A model that cannot do a task, or that is away, leaves it to the next one. The embedded engine, `embedded`, is always the last for `complete`, `explain` and `ask`.
---@field suggest? firesteel.Settings.suggest Suggestions: ghost text and completion items.

---@class firesteel.Settings.actions
---@field kind? string The LSP kind of the action.
---@field languages? string[] The LSP ids of the languages that it is offered in, such as `rust`; in all of them when empty.
---@field prompt? string What the model is told to do; `{name}` stands for the name of the item at the cursor.
---@field title? string Its title in the menu.

---@class firesteel.Settings.edits
---@field apply? 'stream'|'once'|'preview' How an edit is applied.
---@field review_paths? string[] Files whose changes you are always asked to review, as `.gitignore` patterns. Sensitive code is noticed in every file.
---@field test_command? string The command that runs the project's tests. It runs in the project's folder, without a shell.

---@class firesteel.Settings.hover
---@field deadline_ms? integer How long a hover may take before it stays empty, so that it never delays the hovers of other servers.
---@field model? boolean Whether the model of the role `explain` says a few lines about the code at the cursor, where one is configured. It is asked by the first hover, and a later one shows what it has written. Each piece of code is sent once.

---@class firesteel.Settings.local
---@field assist? boolean Whether the embedded engine also answers where a model does. What it is sure of appears at once; the model's text replaces it only by extending it.
---@field cache_dir? string The folder of the embedded engine's indexes.
---@field dependencies? boolean Whether the embedded engine also learns from the sources of dependencies on this machine.
---@field max_words? integer Words of the workspace that the embedded engine indexes, at most. Of a larger workspace those near open files come first, then those that have changed last. Read at start.
---@field weights? string A weights file that `firesteel tune` has written, for the embedded engine. Read at start.

---@class firesteel.Settings.log
---@field file? string The log file. Read at start, from the environment, a file or `--log-file`.
---@field level? 'error'|'warn'|'info'|'debug'|'trace' How much is logged. API keys never are.

---@class firesteel.Settings.model
---@field connect_timeout_ms? integer How long connecting may take.
---@field context_tokens? integer How many tokens fit into the model's context window.
---@field effort? string The reasoning effort asked of the model; the empty string for models that take none.
---@field first_token_timeout_ms? integer How long an edit may wait for the first token.
---@field format? 'qwen'|'star_coder'|'granite_code'|'granite'|'code_llama'|'deepseek_coder'|'codestral'|'code_gemma'|'glm'|'seed_coder'|'mellum'|'infer'|'none' The family of fill-in-the-middle or edit prompts that the model was trained on.
---@field headers? table<string, string> Further headers of each request.
---@field idle_timeout_ms? integer How long the model may pause between two tokens.
---@field key? string The API key, for editors that keep it in their secret storage. Elsewhere use `key_env` or `key_command`.
---@field key_command? string[] A program and its arguments; the first line of its output is the API key, such as `["op", "read", "op://private/model/key"]` or `["cat", "/run/secrets/key"]`. It runs before the first connection, and again when the key is refused. With it, no other key is used.
---@field key_env? string The environment variable that holds the API key. It is read only when the model is configured.
---@field name? string The name of the model at its endpoint.
---@field preset? 'anthropic'|'azure'|'cerebras'|'chat'|'chatgpt'|'codestral'|'deepseek'|'gemini'|'groq'|'llama.cpp'|'lmstudio'|'mercury'|'mistral'|'ollama'|'openai'|'openai-compatible'|'openai-ultrafast'|'openrouter'|'responses'|'vllm'|'xai' The kind of endpoint. A preset brings the URL, the wire and the other settings of a model that you do not set. Nothing is sent anywhere until this or `url` is set.
---@field query? table<string, string> Further parts of the URL's query.
---@field quirks? firesteel.Settings.model.quirks What the endpoint does differently from its preset.
---@field service_tier? string The service tier asked of the endpoint.
---@field suggest_timeout_ms? integer How long a suggestion may wait for the first token. After that the embedded engine answers.
---@field url? string Where the model is, such as `http://127.0.0.1:8080` or `https://api.openai.com/v1`.
---@field wire? 'responses'|'completions'|'infill'|'ollama'|'fim_chat'|'chat'|'messages'|'edit' The protocol that the endpoint speaks.

---@class firesteel.Settings.model.quirks
---@field continuation? boolean Whether a connection remembers its responses.
---@field drops? string[] Request fields that the endpoint refuses, and which are left out.
---@field interrupt? boolean Whether the endpoint knows `response.interrupt`.
---@field lanes? integer How many responses one connection carries at once.
---@field reuse? boolean Whether a connection serves more than one response.
---@field sockets? integer The most connections.
---@field store? boolean Whether the server is asked to store responses.
---@field transport? 'auto'|'websocket'|'http' How requests of the wire `responses` travel.
---@field usable_percent? integer How much of the context window a prompt may use, in percent.

---@class firesteel.Settings.privacy
---@field git_ignored_context? boolean Whether files that git ignores may be context for other files, and teach the embedded engine.

---@class firesteel.Settings.roles
---@field ask? string|string[] Questions about code.
---@field complete? string|string[] Suggestions.
---@field edit? string|string[] Code actions and edits by instruction.
---@field explain? string|string[] Explaining code.
---@field next_edit? string|string[] Predicting the next edit.
---@field review? string|string[] A second reading of sensitive changes, on request. A model of this role is connected to only then.

---@class firesteel.Settings.suggest
---@field disabled_globs? string[] Files in which nothing is suggested unasked, as `.gitignore` patterns, such as `["*.md", "docs/", "*.min.js"]`.
---@field eagerness? 'eager'|'normal'|'quiet'|'off' How often suggestions appear unasked.
---@field eagerness_by_language? table<string, 'eager'|'normal'|'quiet'|'off'> `eagerness` for single languages by their LSP ids, such as `{ markdown = "off", rust = "eager" }`.
---@field max_lines? integer The most lines of one suggestion.
---@field menu? boolean Whether suggestions also appear as items of the completion menu.
---@field other_files? boolean Whether a model is also shown matching pieces of other files of the workspace. The same privacy rules apply to them.
---@field syntax_check_timeout_ms? integer How long checking the syntax of a suggestion may take. A suggestion that takes longer is dropped.

return {}
